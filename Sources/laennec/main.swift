print("laennec")
