#!/usr/bin/env python3
"""Writes docs/demo/gmao.csv: a table such as an asset-maintenance software (GMAO) of the demo hospital would export.

    python3 docs/demo/gmao.py

The devices of Tests/Captures/demo-hospital.pcapng stand among 500 lines of an invented hospital, with the errors that such tables
have: another model, a moved device, missing serial numbers, names that nearly fit, one device twice, devices no longer in use. The
same lines come out every time. Makers and models are names of the market, numbers are invented, and no person is named.
"""

import csv
import random
from pathlib import Path

COLUMNS = [
    "N° inventaire", "Désignation", "Famille", "Marque", "Modèle", "N° de série", "Adresse MAC", "Adresse IP", "Nom réseau", "AE Title",
    "Localisation", "UF", "Service", "Statut", "Mise en service",
]

# What the capture shows, as the table has it. An empty cell is unknown to the table.
SEEN = [
    ("Scanner", "Imagerie", "SIEMENS", "SOMATOM Definition AS", "LNC66021", "", "10.28.10.21", "ct-scan-01", "CT1", "Bât. A - RdC - Imagerie", "3110", "Scanner", "En service"),
    # Another model than the device says.
    ("IRM 1,5T", "Imagerie", "GE Medical Systems", "SIGNA Explorer", "LNC000431MR", "", "10.28.10.22", "", "IRM02", "Bât. A - RdC - Imagerie", "3120", "IRM", "En service"),
    # The address is that of its former place, the serial number was never noted.
    ("Échographe", "Imagerie", "FUJIFILM SonoSite", "X-Porte", "", "", "10.28.14.23", "echo-urg-01", "ECHO1", "Bât. A - RdC - Imagerie", "3130", "Échographie", "En service"),
    # Another maker: the proposal of an address alone is for a person to decide.
    ("Mobile de radiologie", "Imagerie", "FUJIFILM", "FDR Go", "LNCRM0117", "", "10.28.10.24", "", "", "Bât. A - RdC - Imagerie", "3140", "Radiologie", "En service"),
    # MAC and IP address lead to two devices.
    ("Reprographe", "Imagerie", "CARESTREAM", "DryView 5950", "LNCDV5950", "00:1D:4A:28:10:2C", "10.28.10.23", "", "", "Bât. A - RdC - Imagerie", "3100", "Imagerie", "En service"),
    # The same server twice: bought again, never struck off.
    ("Serveur PACS", "Informatique biomédicale", "FUJITSU", "PRIMERGY RX2540", "LNCPAC01", "", "10.28.10.10", "pacs-01", "PACSCHSA", "Bât. T - salle serveurs", "9100", "Serveurs", "En service"),
    ("Serveur d'archivage d'images", "Informatique biomédicale", "FUJITSU", "PRIMERGY RX2540 M5", "LNCPAC02", "", "", "pacs-01", "", "Bât. T - salle serveurs", "9100", "Serveurs", "En service"),
    # No longer in use, says the table.
    ("Serveur RIS", "Informatique biomédicale", "HP", "ProLiant DL380", "LNCRIS01", "3C-52-82-28-10-0B", "10.28.10.11", "ris-01", "RISWL", "Bât. T - salle serveurs", "9100", "Serveurs", "Réformé"),
    ("Automate d'hématologie", "Biologie", "SYSMEX", "XN-1000", "LNCXN5521", "", "", "", "", "Bât. B - 1er étage - Laboratoire", "4210", "Hématologie", "En service"),
    # Zeros that a spreadsheet or a label added.
    ("Automate d'hématologie", "Biologie", "SYSMEX", "XN-550", "0022723", "", "", "", "", "Bât. B - 1er étage - Laboratoire", "4210", "Hématologie", "En service"),
    ("Poste IPU hématologie", "Biologie", "SYSMEX", "IPU", "", "", "10.28.10.31", "", "", "Bât. B - 1er étage - Laboratoire", "4210", "Hématologie", "En service"),
    # Nothing but maker and model: the only one of them on both sides.
    ("Automate de biochimie", "Biologie", "ROCHE", "COBAS C311", "", "", "", "", "", "Bât. B - 1er étage - Laboratoire", "4220", "Biochimie", "En service"),
    # A zero that is a letter.
    ("Pompe à perfusion", "Perfusion", "B. BRAUN", "Infusomat Space", "LNC5521O1", "", "", "", "", "Bât. C - 2e étage - Réanimation", "2310", "Réanimation", "En service"),
    # Nearly the name.
    ("Moniteur patient", "Monitorage", "PHILIPS", "IntelliVue MX550", "", "", "", "moniteur-rea-4", "", "Bât. C - 2e étage - Réanimation", "2310", "Réanimation", "En service"),
    # It stands in intensive care by now.
    ("Station de perfusion", "Perfusion", "BAXTER", "Sigma Spectrum", "", "58:42:E4:28:10:2A", "10.28.10.42", "pompe-rack-07", "", "Bât. D - 1er étage - Bloc opératoire", "2510", "Bloc opératoire", "En service"),
    ("Ventilateur de réanimation", "Ventilation", "DRAEGER", "Evita V500", "", "f0e5.c328.102b", "10.28.10.43", "respi-rea-02", "", "Bât. C - 2e étage - Réanimation", "2310", "Réanimation", "En service"),
]

# Designation, family, makers with models, services with places, whether it may have an address.
FLEET = [
    ("Pousse-seringue électrique", "Perfusion", [("FRESENIUS KABI", "Agilia SP"), ("B. BRAUN", "Perfusor Space"), ("BD", "Alaris GH Plus")], ["rea", "bloc", "urg", "med", "chir"], False),
    ("Pompe à perfusion", "Perfusion", [("FRESENIUS KABI", "Agilia VP"), ("BD", "Alaris GP Plus")], ["rea", "med", "chir", "urg"], False),
    ("Moniteur patient", "Monitorage", [("PHILIPS", "IntelliVue MX450"), ("GE Healthcare", "B650"), ("MINDRAY", "ePM 12")], ["rea", "bloc", "urg"], True),
    ("Moniteur de tension", "Monitorage", [("WELCH ALLYN", "Connex Spot"), ("GE Healthcare", "Carescape V100")], ["med", "chir", "urg"], False),
    ("Défibrillateur", "Urgence", [("ZOLL", "R Series"), ("PHILIPS", "HeartStart XL+"), ("SCHILLER", "Defigard Touch 7")], ["rea", "bloc", "urg", "med"], False),
    ("Électrocardiographe", "Exploration", [("SCHILLER", "Cardiovit AT-102"), ("GE Healthcare", "MAC 2000")], ["urg", "med", "cardio"], True),
    ("Ventilateur de transport", "Ventilation", [("HAMILTON", "T1"), ("DRAEGER", "Oxylog 3000")], ["rea", "urg"], False),
    ("Table d'opération", "Bloc", [("GETINGE", "Maquet Magnus"), ("STERIS", "5085 SRT")], ["bloc"], False),
    ("Bistouri électrique", "Bloc", [("ERBE", "VIO 3"), ("MEDTRONIC", "ForceTriad")], ["bloc"], False),
    ("Éclairage opératoire", "Bloc", [("GETINGE", "Volista"), ("DRAEGER", "Polaris 600")], ["bloc"], False),
    ("Colonne d'endoscopie", "Endoscopie", [("OLYMPUS", "EVIS X1"), ("STORZ", "Image1 S")], ["bloc", "endo"], True),
    ("Couveuse", "Néonatologie", [("DRAEGER", "Isolette 8000"), ("GE Healthcare", "Giraffe")], ["mat"], False),
    ("Cardiotocographe", "Obstétrique", [("PHILIPS", "Avalon FM30")], ["mat"], True),
    ("Générateur de dialyse", "Dialyse", [("FRESENIUS", "5008S"), ("BAXTER", "AK 98")], ["dial"], True),
    ("Échographe", "Imagerie", [("GE Healthcare", "LOGIQ E10"), ("CANON", "Aplio i700"), ("SAMSUNG", "HERA W10")], ["img", "mat", "cardio"], True),
    ("Salle de radiologie", "Imagerie", [("SIEMENS", "Ysio Max"), ("PHILIPS", "DigitalDiagnost")], ["img"], True),
    ("Centrifugeuse", "Biologie", [("EPPENDORF", "5702"), ("THERMO", "Heraeus Megafuge 16")], ["labo"], False),
    ("Microscope", "Biologie", [("ZEISS", "Axio Lab"), ("LEICA", "DM1000")], ["labo"], False),
    ("Analyseur de gaz du sang", "Biologie", [("RADIOMETER", "ABL90 FLEX"), ("SIEMENS", "RAPIDPoint 500e")], ["labo", "rea", "urg"], True),
    ("Lecteur de glycémie", "Biologie", [("ROCHE", "Accu-Chek Inform II"), ("ABBOTT", "FreeStyle Precision Pro")], ["med", "chir", "mat"], False),
    ("Autoclave", "Stérilisation", [("GETINGE", "GSS67H"), ("MATACHANA", "S1000")], ["ster"], False),
    ("Laveur-désinfecteur", "Stérilisation", [("STEELCO", "DS 610"), ("GETINGE", "S-8668")], ["ster", "endo"], False),
    ("Lit médicalisé", "Hébergement", [("HILL-ROM", "Hillrom 900"), ("STRYKER", "InTouch")], ["med", "chir", "rea"], False),
    ('Écran de visualisation 21"', "Imagerie", [("BARCO", "Coronis Fusion"), ("EIZO", "RadiForce RX360")], ["img", "bloc"], False),
]
PLACES = {
    "rea": ("Bât. C - 2e étage - Réanimation", "2310", "Réanimation"), "bloc": ("Bât. D - 1er étage - Bloc opératoire", "2510", "Bloc opératoire"),
    "urg": ("Bât. A - RdC - Urgences", "2110", "Urgences"), "med": ("Bât. C - 3e étage - Médecine", "2210", "Médecine polyvalente"),
    "chir": ("Bât. C - 4e étage - Chirurgie", "2410", "Chirurgie"), "cardio": ("Bât. C - 1er étage - Cardiologie", "2220", "Cardiologie"),
    "mat": ("Bât. E - 1er étage - Maternité", "2610", "Maternité"), "dial": ("Bât. B - RdC - Dialyse", "2710", "Dialyse"),
    "img": ("Bât. A - RdC - Imagerie", "3100", "Imagerie"), "endo": ("Bât. D - RdC - Endoscopie", "2520", "Endoscopie"),
    "labo": ("Bât. B - 1er étage - Laboratoire", "4200", "Laboratoire"), "ster": ("Bât. D - sous-sol - Stérilisation", "5100", "Stérilisation"),
}


def lines():
    chance = random.Random(750000001)
    rows = []
    for line in SEEN:
        rows.append([*line, f"{chance.randint(1, 28):02}/{chance.randint(1, 12):02}/{chance.randint(2012, 2025)}"])
    while len(rows) < 500:
        name, family, models, places, has_network = chance.choice(FLEET)
        maker, model = chance.choice(models)
        place, unit, service = PLACES[chance.choice(places)]
        number = len(rows)
        serial = "" if chance.random() < 0.06 else f"{chance.choice(['SN', '', 'A', 'FR'])}{100000 + number * 37}"
        address = f"10.28.{20 + number // 200}.{number % 200 + 20}" if has_network and chance.random() < 0.6 else ""
        status = "Réformé" if chance.random() < 0.07 else "En maintenance" if chance.random() < 0.03 else "En service"
        year = chance.randint(2008, 2025)
        rows.append([name, family, maker, model, serial, "", address, "", "", place, unit, service, status, f"{chance.randint(1, 28):02}/{chance.randint(1, 12):02}/{year}"])
    # Typed in twice.
    for first, second in ((100, 140), (260, 305)):
        rows[second][2:5] = rows[first][2:5] = [*rows[first][2:4], f"LNCDBL{first}"]
    chance.shuffle(rows)
    return [[f"BM{2000 + index:05}", *row] for index, row in enumerate(rows)]


def main():
    path = Path(__file__).with_name("gmao.csv")
    # As a spreadsheet in French saves it: byte order mark, semicolons, CR LF.
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\r\n")
        writer.writerow(COLUMNS)
        writer.writerows(lines())


main()
