#!/usr/bin/env python3
"""Writes ../advisories.tsv from CISA's ICS medical advisories (ICSMA) in CSAF form.

    git clone https://github.com/cisagov/CSAF        # public domain: works of the United States government
    ./advisories.py CSAF

What a machine cannot read is written down below by hand: makers that are called otherwise in ../../vocabulary/vendors.tsv,
and products whose names are prose. New advisories need a look: whatever is left out or not understood is printed.
"""
import json
import pathlib
import re
import sys
import unicodedata

folder = pathlib.Path(__file__).resolve().parent.parent
root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "CSAF")

#: Makers by the names that the advisories give them; a maker of vocabulary/vendors.tsv needs no line here.
MAKERS = {
    "Abbott Laboratories": ["Abbott"],
    "BMC Medical, 3B Medical": ["BMC Medical", "3B Medical"],
    "B. Braun Medical": ["B. Braun"],
    "Becton, Dickinson and Company (BD)": ["BD"],
    "Capsule Technologies": ["Capsule"],
    "ENEA, Green Hills Software, ITRON, IP Infusion, and Wind River": ["ENEA", "Green Hills Software", "IP Infusion", "Wind River"],
    "General Electric (GE)": ["GE HealthCare"],
    "Hamilton Medical AG": ["Hamilton Medical"],
    "Hillrom and ELI, Baxter International Inc.": ["Baxter"],
    "Innokas YhtymÃ¤ Oy": ["Innokas"],
    "Natus Medical, Inc. (Natus)": ["Natus"],
    "Phillips": ["Philips"],
    # Its data collectors are those of Capsule.
    "Qualcomm Life": ["Capsule", "Qualcomm Life"],
    "SOOIL Developments Co, Ltd.": ["SOOIL Developments"],
    "Siemens": ["Siemens", "Siemens Healthineers"],
    "Silex Technology and GE Healthcare": ["Silex", "GE HealthCare"],
    # Bought by ICU Medical in 2022.
    "Smiths Medical": ["ICU Medical", "Smiths Medical"],
    "St. Jude Medical": ["Abbott"],
    "Vyaire Medical": ["Vyaire"],
    "i-SENS Inc": ["i-SENS"],
}

#: More makers of an advisory's products: those who sold them before.
FORMER_MAKERS = {
    # Vue PACS was Carestream's until 2019.
    "ICSMA-20-261-01": ["Carestream"],
    "ICSMA-21-187-01": ["Carestream"],
    "ICSMA-24-200-01": ["Carestream"],
}

#: Words that say what a thing is and not which one: left out where a model number or two other words remain.
GENERIC = set(
    """
    a and the of for with in system unit device software machine application client embedded web monitor monitors patient worn
    wireless syringe infusion pump pumps ultrasound medical imaging workstation series family module model models programmer
    platform energy machine builds solution hub scanner processor maintenance point care pc data management vital signs
    resting electrocardiograph cardiographs electrocardiographs removable handheld delivery portable control operating
    """.split()
)
#: Words of common language: alone they name no product.
COMMON = set("accent current promote unify fortify ellipse engage version essential station database venue spectrum reader cardiology connex".split())

#: Products whose names and versions are read by hand: advisory, name, and version or None for any of them. The values are the
#: items of the column `products` without their version, which is taken from the advisory, or with it. An empty list leaves
#: the product out: its name fits too much.
BY_HAND = {
    ("17-082-02", None, None): ["spacecom"],
    # Those that run on Windows XP, or on Windows 7.
    ("17-215-01", None, None): ["symbia ?"],
    ("17-215-02", None, None): ["symbia ?"],
    ("17-292-01", None, None): ["zoom latitude 3120"],
    ("18-037-01", None, None): ["carefusion upgrade utility"],
    ("18-037-02", "eNTEGRA 2.0/2.5 Processing and Review Workstation", None): ["entegra =2.0", "entegra =2.5"],
    ("18-037-02", "Infinia with Hawkeye 4 / 1", None): ["infinia hawkeye"],
    ("18-086-01", None, None): ["alice 6"],
    ("18-107-01", "Current", None): [],
    ("18-107-01", "Promote", None): [],
    ("18-107-01", "Unify", None): [],
    ("18-107-01", "Fortify", None): [],
    ("18-107-01", "Ellipse", None): [],
    ("18-142-01", "Database (DB) Manager", None): ["kiestra database manager"],
    ("18-142-01", "BD Kiestra TLA WCA InoqulA+ speciman processor - PerformA", None): ["kiestra performa"],
    ("18-142-01", "BD Kiestra TLA WCA InoqulA+ speciman processor - Database (DB) Manager", None): ["kiestra database manager"],
    ("18-142-01", "BD Kiestra TLA WCA InoqulA+ speciman processor - ReadA Overview", None): ["kiestra reada overview"],
    ("18-156-01", "Avalon Fetal/Maternal Monitors FM20/FM30/FM40/FM50", None): [
        f"avalon fm{number} ={version}" for number in (20, 30, 40, 50) for version in ("F.0", "G.0", "J.3")
    ],
    ("18-156-01", "IntelliVue Patient Monitors MX (MX400-550)", None): [f"intellivue mx{number} ?" for number in (400, 430, 450, 500, 550)],
    ("18-156-01", "IntelliVue Patient Monitors MP Series (includingMP2/X2/MP30/MP50/MP70/NP90/MX700/800)", None): [
        f"intellivue {model} ?" for model in "mp2 x2 mp30 mp50 mp70 mp90 mx700 mx800".split()
    ],
    ("18-219-02", "MMT-500 Remote Controller", None): ["mmt500 *"],
    ("18-219-02", "MMT-503 Remote Controller", None): ["mmt503 *"],
    ("18-228-01", None, None): [f"pagewriter tc{number} ?" for number in (10, 20, 30, 50, 70)],
    ("18-240-01", None, None): ["allegro rompager"],
    ("18-277-01", "RIS Client Builds", None): ["ris client"],
    ("18-310-01", None, "base units (BU)|handheld base units (HBU)"): [],
    ("18-310-01", None, "Accu-Chek Inform II"): ["accu chek inform ii ?"],
    ("18-310-01", None, "Accu-Chek Inform II Base Unit Light"): ["accu chek inform ii ?"],
    ("18-310-01", None, "Accu-Chek Inform II Base Unit NEW with Software 04.00.00 or newer"): ["accu chek inform ii ?"],
    ("18-310-01", None, "CoaguChek Pro II"): ["coaguchek pro ii ?"],
    ("18-310-01", None, "CoaguChek XS Plus"): ["coaguchek xs plus ?"],
    ("18-310-01", None, "CoaguChek XS Pro"): ["coaguchek xs pro ?"],
    ("18-310-01", None, "cobas h 232 POC"): ["cobas h232 ?"],
    ("19-029-01", "Secure II MedSurg Bed (enabled with iBed Wireless)", None): ["secure ii medsurg ?"],
    ("19-080-01", "MyCareLink Monitor", None): ["mycarelink 24950 *", "mycarelink 24952 *"],
    ("19-080-01", "CareLink Monitor", None): ["carelink 2490c *"],
    ("19-113-01", None, None): ["fcr capsula x *", "fcr carbon x *", "fcr xc2 *", "cr ir357 *"],
    ("19-164-01", "Alaris Gateway Workstation Alaris GS", None): ["alaris gs"],
    ("19-164-01", "Alaris Gateway Workstation Alaris GH", None): ["alaris gh"],
    ("19-164-01", "Alaris Gateway Workstation Alaris CC", None): ["alaris cc"],
    ("19-164-01", "Alaris Gateway Workstation Alaris TIVA", None): ["alaris tiva"],
    ("19-178-01", "MiniMed Paradigm Veo 554CM and 754CM models only", None): ["minimed paradigm 554cm", "minimed paradigm 754cm"],
    ("19-190-01", "GE Aespire", None): ["aespire 100 *", "aespire 7100 *", "aespire 7900 *", "aespire protiva *"],
    ("19-190-01", "GE Aestiva", None): ["aestiva 7100 *", "aestiva 7900 *"],
    ("19-190-01", "GE Aisys", None): ["aisys cs2 *", "amingo *", "avance *"],
    ("19-190-01", "GE Carestation", None): ["carestation 620 *", "carestation 650 *", "carestation 650c *"],
    ("19-241-02", None, None): ["hdi4000 *"],
    ("19-248-01", "Pyxis Enterprise Server with Windows Server", None): ["pyxis enterprise server"],
    ("19-255-01", "IntelliVue MP monitors MX800/700/600 ((865240/41/42) WLAN", None): [f"intellivue mx{number} ?" for number in (600, 700, 800)],
    ("19-255-01", "IntelliVue MP monitors MP2/X2 (M8102A/M3002A) WLAN", None): ["intellivue mp2 ?", "intellivue x2 ?"],
    ("19-255-01", "IntelliVue MP monitors MP5/5SC (M8105A/5AS) WLAN", None): ["intellivue mp5 ?", "intellivue mp5sc ?"],
    ("19-255-01", "IntelliVue MP monitors MP20-MP90 (M8001A/2A/3A/4A/5A/7A/8A/10A) WLAN", None): [
        f"intellivue mp{number} ?" for number in (20, 30, 40, 50, 60, 70, 80, 90)
    ],
    ("19-274-01", "VxWorks under CURRENT support (6.9.4.11, Vx7 SR540, Vx7 SR610)", None): ["vxworks ?"],
    ("19-353-01", "Pulsera (718095) and Endura (718075)", None): ["bv pulsera ?", "bv endura ?"],
    ("20-049-01", "Arkon (99999)", None): ["arkon"],
    ("20-049-01", "Xhibit Telemetry Receiver (XTR) Model number 96280", None): ["xhibit 96280", "xhibit telemetry receiver"],
    # An operating system and no product; the advisory says in prose which products run on it.
    **{("20-049-01", f"Windows {name}", None): [] for name in ("2000", "7", "Server 2003", "Server 2003 R2", "Server 2008", "Server 2008 R2", "Vista", "XP")},
    ("20-049-02", "Vivid products, not including EchoPAC", None): ["vivid *"],
    ("20-049-02", "LOGIQ, not including LOGIQ 100 Pro", None): ["logiq *"],
    ("20-049-02", "Voluson, not including ImageVault", None): ["voluson *"],
    ("20-049-02", "Invenia ABUS Scan station, not including VScan product line", None): ["invenia abus *"],
    ("20-049-02", "Venue, not including Venue 40 R1-3 and Venue 50 R4-5", None): [],
    ("20-163-01", "IntelliBridge Enterprise system integration with IntelliVue Guardian", None): [],
    ("20-163-01", "IntelliBridge Enterprise system integration with SureSigns", None): [],
    ("20-163-01", "IntelliBridge Enterprise system integration with EarlyVue", None): [],
    # The advisory is about the 8015, the model that these versions are of.
    ("20-170-06", "Alaris PC Unit", None): ["alaris pc", "alaris pcu", "alaris 8015"],
    ("20-170-04", "Baxter Spectrum", "v8.x model 35700BAX2"): ["sigma spectrum =8"],
    ("20-170-04", "Baxter Spectrum", "v9.x model 35700BAX3"): ["spectrum iq =9"],
    ("20-177-01", "Ultrasound CX", None): ["cx50"],
    ("20-177-01", "Ultrasound EPIQ/Affiniti", None): ["affiniti", "epiq"],
    ("20-254-01", "IntelliVue patient monitor MX400-MX850", None): [
        f"intellivue mx{number}" for number in (400, 430, 450, 500, 550, 600, 700, 750, 800, 850)
    ],
    ("20-254-01", "IntelliVue patient monitor MP2-MP90", None): [f"intellivue mp{number}" for number in (2, 5, 20, 30, 40, 50, 60, 70, 80, 90)],
    ("20-296-01", "AP", None): ["onlinesuite ap"],
    ("20-296-02", "Battery pack with Wi-Fi", None): ["battery pack sp"],
    ("20-343-01", "Alaris PC Unit", None): [],  # an unrelated maker's, in the source by mistake
    ("20-343-01", "AW", None): ["advantage workstation"],
    ("20-343-01", "AWS", None): ["advantage workstation server"],
    ("20-343-01", "Discovery MI MI DR", None): ["discovery mi"],
    ("20-343-01", "Essential", None): ["senographe essential"],
    ("20-343-01", "GE Imaging and Ultrasound Products", None): [],
    ("20-343-01", "Seno 200D", None): ["senographe 200d"],
    ("20-343-01", "Seno DS", None): ["senographe ds"],
    ("20-345-01", None, None): ["mycarelink smart"],
    ("21-019-01", "Interventional Workspot", None): [f"interventional workspot ={version}" for version in "1.3.2 1.4.0 1.4.1 1.4.3 1.4.5".split()],
    ("21-019-01", "Coronary Tools/Dynamic Coronary Roadmap/Stentboost Live", None): [
        "coronary tools", "dynamic coronary roadmap", "stentboost live",
    ],
    ("21-047-01", None, None): ["hamilton t1"],
    ("21-084-01", None, "882438 TruFlight Select PET/CT"): ["truflight select *"],
    ("21-084-01", "Gemini PET/CT Family", None): ["gemini *"],
    ("21-152-01", "Welch Allyn Connex Vital Signs Monitor (CVSM)", None): ["connex vital signs"],
    ("21-152-01", "Welch Allyn Service Monitor", None): [],
    ("21-152-01", "Welch Allyn Service Tool", None): [],
    ("21-152-01", "Welch Allyn Software Development Kit (SDK)", None): [],
    (
        "21-152-01",
        "Welch Allyn Spot Vital Signs 4400 Device (Spot 4400) / Welch Allyn Spot 4400 Vital Signs Extended Care Device",
        None,
    ): ["spot 4400"],
    ("21-273-01", None, None): ["zoom latitude 3120 *"],
    ("21-294-01", "SpaceStation with SpaceCom 2", None): ["spacecom"],
    ("21-294-01", "Data module compactPlus", None): ["data module compactplus =A10"],
    ("21-313-01", None, None): [],  # "MRI 1.5T", "MRI 3T"
    ("21-322-02", "Efficia CM Series", None): [f"efficia cm{number} ?" for number in (10, 12, 100, 120, 150)],
    ("21-355-01", "Agilia Connect WiFi module of the pumps", None): ["agilia connect"],
    ("22-167-01", "Welch Allyn ELI 150c/BUR 150c/MLBUR 150c Resting Electrocardiograph", None): ["bur150c", "eli150c", "mlbur 150c"],
    ("22-167-01", "Welch Allyn ELI 250c/BUR 250c Resting Electrocardiograph", None): ["bur250c", "eli250c"],
    ("22-167-01", "Welch Allyn ELI 280/BUR280/MLBUR 280 Resting Electrocardiograph", None): ["bur280", "eli280", "mlbur 280"],
    ("22-095-01", None, None): ["patient portal"],
    ("22-244-01", None, None): ["cms8000"],
    ("23-047-01", None, None): ["infusion central"],
    ("23-061-01", "Micro Clinician", None): ["micro clinician *"],
    ("23-061-01", "InterStim X Clinician", None): ["interstim x clinician *"],
    ("23-103-01", None, None): [f"battery pack sp ={part}" for part in "053L000091 053L000092 054U000091 054U000092".split()],
    ("24-060-01", None, None): ["microdicom"],
    ("24-163-01", None, None): ["microdicom"],
}


def left_out(advisory, why):
    print(f"left out\t{advisory}\t{why}")


def words_of(text):
    """Words in small letters without accents; a short letter code and the number after it are one word, as in NM 750b."""
    text = re.sub(r"\([^()]*\)", " ", text)
    text = re.sub(r"\b[13]\.[05]T\b", " ", text)
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).lower()
    words = [word for word in re.split(r"[^0-9a-z]+", plain.replace("'", "")) if word and not re.fullmatch(r"\d+x\d+", word)]
    joined = []
    for word in words:
        if joined and word[0].isdigit() and re.fullmatch(r"[a-z]{1,3}", joined[-1]) and joined[-1] not in GENERIC:
            joined[-1] += word
        else:
            joined.append(word)
    return joined


def product(advisory, name, maker_words):
    """The words that an identity's product must have, or None."""
    words = [word for word in words_of(name) if word not in maker_words] or words_of(name)
    kept = [word for word in words if word not in GENERIC]
    has_number = any(re.search(r"\d", word) for word in kept)
    if len(kept) >= 2 or (kept and has_number):
        words = kept
    elif len(kept) == 1 and len(kept[0]) >= 5 and kept[0] not in COMMON:
        words = kept
    words = list(dict.fromkeys(words))
    if not kept or (len(words) == 1 and words[0] in COMMON) or len("".join(words)) < 4:
        left_out(advisory, f"no word of its own: {name}")
        return None
    return " ".join(words)


ATOM = re.compile(r"(<=|>=|<|>)?\s*(?:v(?=\d)|ver(?:sion)?s?\.?\s+)?([A-Za-z]{0,3}\.?\d[0-9A-Za-z._-]*|[A-Z])")


def constraints(text):
    """Each a list of comparisons that hold together; ["*"] for all versions, ["?"] for what is not read."""
    text = " ".join(text.split())
    if text in ("", "*", "vers:all/*") or text.startswith("*"):
        return [["*"]]
    text = re.sub(r"\s*\(.*", "", text)
    text = re.sub(r"^([\w.]+) and (?:below|prior|earlier).*", r"<=\1", text)
    text = re.sub(r" (?:on|with) .*| model \S+| (?:MR )?Build \d+| Service Pack \d+| SR\d+", "", text)
    text = re.sub(r"\b([A-Z]{1,3}) (\d)", r"\1\2", text)
    found, lower = [], None
    for part in text.split("|"):
        match = ATOM.fullmatch(part.strip())
        if not match:
            return [["?"]]
        operator, version = match[1] or "=", re.sub(r"(?:[._]x)+$", "", match[2], flags=re.IGNORECASE)
        if operator in (">", ">="):
            lower = f"{operator}{version}"
            found.append([lower])
        elif operator in ("<", "<=") and lower:
            found[-1].append(operator + version)
            lower = None
        else:
            found.append([operator + version])
    return found


# Makers as the vocabulary spells them.
known = {}


def folded(name):
    return " ".join(re.findall(r"\w+", name.lower()))


for line in (folder.parent / "vocabulary" / "vendors.tsv").read_text(encoding="utf-8").splitlines():
    if not line.startswith("#"):
        name, aliases = line.split("\t")
        for alias in [name, *aliases.split("|")]:
            known[folded(alias)] = name

rows, newest = {}, ""
files = sorted(path for path in root.rglob("icsma-*.json"))
if not files:
    sys.exit(f"{root} holds no icsma-*.json")
for path in files:
    document = json.loads(path.read_text(encoding="utf-8"))
    about = document["document"]
    advisory = about["tracking"]["id"].strip().upper()
    short = advisory.removeprefix("ICSMA-")
    makers, items = [], {}

    def leaves(branch, name, version):
        if branch["category"] in ("product_name", "product_family"):
            name = branch["name"]
        elif branch["category"].startswith("product_version"):
            version = branch["name"]
        if "product" in branch:
            yield name or branch["product"]["name"], version
        for child in branch.get("branches", []):
            yield from leaves(child, name, version)

    for vendor in document["product_tree"]["branches"]:
        called = vendor["name"].strip()
        own = MAKERS.get(called) or [known.get(folded(called), called)]
        for maker in own + FORMER_MAKERS.get(advisory, []):
            if maker not in known.values():
                print(f"maker not in vendors.tsv\t{advisory}\t{maker}")
            if maker not in makers:
                makers.append(maker)
        maker_words = set(words_of(called)) | {word for maker in own for word in words_of(maker)} | {"welch", "allyn", "phillips", "philips", "bd"}
        for name, version in leaves(vendor, "", ""):
            by_hand = None
            for key in ((short, name, version), (short, None, version), (short, name, None), (short, None, None)):
                if key in BY_HAND:
                    by_hand = BY_HAND[key]
                    break
            if by_hand is not None:
                if not by_hand:
                    left_out(advisory, f"by hand: {name} {version}")
                products = by_hand
            else:
                if version in ("", "vers:all/*", "*") and (match := re.search(r"\s(\d+(?:\.\d+)*\.(?:\d+|x)(?:\.x)*)(?=\s|$)", name)):
                    name, version = name.replace(match[0], ""), match[1]
                # 522K/722K: two models.
                numbers = re.search(r"(\d{3,}[A-Z]{0,2})/(\d{3,}[A-Z]{0,2})\b", name)
                names = [name.replace(numbers[0], number) for number in numbers.groups()] if numbers else [name]
                products = [found for one in names if (found := product(advisory, one, maker_words))]
            for item in products:
                if re.search(r"[<>=*?]", item):
                    items[item] = True
                    continue
                for constraint in constraints(version):
                    if constraint == ["?"]:
                        print(f"version not read\t{advisory}\t{name}: {version}")
                    items[f"{item} {' '.join(constraint)}"] = True
    vulnerabilities = document.get("vulnerabilities", [])
    cves = sorted({v["cve"] for v in vulnerabilities if v.get("cve")}, key=lambda cve: [int(part) for part in cve.split("-")[1:]])
    scores = [score[kind]["baseScore"] for v in vulnerabilities for score in v.get("scores", []) for kind in ("cvss_v3", "cvss_v4") if kind in score]
    title = re.sub(r"^ICSMA-[0-9A-Z-]+_", "", " ".join(about["title"].split()))
    web = [r["url"] for r in about.get("references", []) if "Web Version" in r.get("summary", "")]
    if web and web[0].rstrip("/").rsplit("/", 1)[-1].lower() != advisory.lower():
        print(f"web page is called otherwise\t{advisory}\t{web[0]}")
    newest = max(newest, about["tracking"]["current_release_date"][:10], about["tracking"]["initial_release_date"][:10])
    if not items:
        left_out(advisory, "no product that can be told from others")
        continue
    cells = [
        about["tracking"]["initial_release_date"][:10], "|".join(makers), " | ".join(sorted(items)), " ".join(cves),
        f"{max(scores):.1f}" if scores else "", title,
    ]
    if any("\t" in cell for cell in cells) or advisory in rows:
        sys.exit(f"{path}: a tab in a cell, or an advisory that stands twice")
    rows[advisory] = "\t".join(cells)

target = folder / "advisories.tsv"
with target.open("w", encoding="utf-8", newline="\n") as file:
    file.write("# Known vulnerabilities of medical devices: CISA's ICS medical advisories (ICSMA). The public page of each is\n")
    file.write("# https://www.cisa.gov/news-events/ics-medical-advisories/ and its id in small letters.\n")
    file.write("# Source: https://github.com/cisagov/CSAF, csaf_files/OT/white (works of the United States government, public domain).\n")
    file.write(f"# Date: {newest}, the newest of {len(files)} advisories. Renew with renew/advisories.py.\n")
    file.write("# makers: by vocabulary/vendors.tsv where they are in it. products: items between bars; the words of an item must all be\n")
    file.write("# in the product's name, then follow the versions: comparisons that hold together, * all of them, ? said in prose only.\n")
    file.write("# columns: advisory date makers products cves cvss title\n# key: exact\n")
    for advisory in sorted(rows, key=str.encode):
        file.write(f"{advisory}\t{rows[advisory]}\n")
print(f"{target.name}: {len(rows)} rows of {newest}")
