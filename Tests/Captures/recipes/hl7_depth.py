"""HL7 v2 captures of interfaces, laboratories and bedsides.  python3 hl7_depth.py [NAME…]"""
import lab
lab.need("iproute2", "ethtool", "tcpdump", "tshark")
lab.need_pip("hl7")

import messages as m
from lab import PYTHON, RECIPES, Lab, choose, decoy, device, finding, pypi, service, truth

ENGINE = f"{PYTHON} {RECIPES}/hl7_engine.py"
EAI = ("10.20.6.10", "d8:9e:f3:20:06:0a")        # Dell: the integration engine
HIS = ("10.20.6.20", "90:1b:0e:20:06:14")        # Fujitsu: admissions and appointments
EHR = ("10.20.6.21", "90:1b:0e:20:06:15")        # Fujitsu: patient record
LIS = ("10.20.6.11", "3c:52:82:20:06:0b")        # Hewlett Packard: laboratory system
PHARMACY = ("10.20.6.22", "90:1b:0e:20:06:16")   # Fujitsu: pharmacy
MIDDLEWARE = ("10.20.6.12", "3c:52:82:20:06:0c")
ANALYSER = ("10.20.6.31", "00:1d:8e:20:06:1f")
PUMPS = ("10.20.6.41", "00:12:21:20:06:29")      # B. Braun
MONITORS = ("10.20.6.42", "00:09:fb:20:06:2a")   # Philips
ALARMS = ("10.20.6.43", "3c:52:82:20:06:2b")
CLEAR = "HL7 in clear"


def add(l, name, place):
    return l.host(name, place[0] + "/24", place[1])


def send(host, server, port, *contents):
    files = [host.write(f"m{port}-{i}.hl7", content) for i, content in enumerate(contents)]
    return host.run(f"{ENGINE} send {server[0]} {port} " + " ".join(files))


def has(place, text):
    return f'ip.src == {place[0]} && tcp contains "{text}"'


def header(sender, receiver, kind, control, version="2.5", more=""):
    return f"MSH|^~\\&|{sender}|{receiver}|20261121100000||{kind}|{control}|P|{version}" + more


def hl7_interfaces():
    """Two applications on one host, an engine that passes messages on under the names of their senders, and two receivers behind it."""
    dft = m.message(header("PHARMA|CHSA", "EAI|CHSA", "DFT^P03", "DFT-CANARYVISIT5521"), "EVN|P03|20261121100000|||CANARYOPERATEUR", m.PID, m.PV1,
                    "FT1|1|||20261121||CG|CANARYACTE^Perfusion||||||||||||||||ZZCANARYMEDECIN^PAUL")
    siu = m.message(header("AGENDA|CHSA", "EAI|CHSA", "SIU^S12", "SIU0001"), "SCH|CANARYAPPOINTMENT12||||||||30|min", m.PID, "AIL|1||CONSULT^CARDIO")
    mdm = m.message(header("DPI|CHSA", "EAI|CHSA", "MDM^T02", "MDM0001"), "EVN|T02|20261121100000", m.PID, m.PV1,
                    "TXA|1|CR|TX|20261121||||||||CANARYDOCUMENT77", "OBX|1|TX|CR||CANARYCOMPTERENDU fracture du femur")
    with Lab() as l:
        eai, his, ehr, lis, pharmacy = add(l, "eai", EAI), add(l, "gam", HIS), add(l, "dpi", EHR), add(l, "lis", LIS), add(l, "pharma", PHARMACY)
        lis.spawn(f"{ENGINE} serve 6002 LIS CHSA", 6002)
        ehr.spawn(f"{ENGINE} serve 6003 DPI CHSA DFT=AR", 6003)
        eai.spawn(f"{ENGINE} route 6001 ADT={LIS[0]}:6002:LIS ADT={EHR[0]}:6003:DPI DFT={EHR[0]}:6003:DPI SIU={EHR[0]}:6003:DPI", 6001)
        with l.record("hl7-interfaces") as c:
            send(his, EAI, 6001, m.adt("ADT0001"), siu)
            send(pharmacy, EAI, 6001, dft)
            send(ehr, EAI, 6001, mdm)
        gam = {"sending_application": "GAM", "sending_facility": "CHSA", "software_product": "Gestion Administrative"}
        c.publish(truth(
            "An integration engine: admissions and appointments (two applications on one host) and a pharmacy send to it; it passes messages on, under "
            "the senders' names, to a laboratory system and a patient record, which refuses the pharmacy's (AR, with a patient in the text); the "
            "patient record sends a document.", [pypi("hl7")],
            [service(EAI[0], 6001, "hl7", has(HIS, "SIU^S12"), message_types=["ADT^A01", "SIU^S12", "DFT^P03", "MDM^T02"], acknowledgements=["AA", "AR"],
                     clients=[{"address": HIS[0], **gam}, {"address": HIS[0], "sending_application": "AGENDA", "sending_facility": "CHSA"},
                              {"address": PHARMACY[0], "sending_application": "PHARMA", "sending_facility": "CHSA"},
                              {"address": EHR[0], "sending_application": "DPI", "sending_facility": "CHSA"}]),
             service(LIS[0], 6002, "hl7", has(LIS, "MSA|AA|ADT0001"), answering_application="LIS", answering_facility="CHSA", message_types=["ADT^A01"],
                     acknowledgements=["AA"], clients=[{"address": EAI[0], **gam}]),
             service(EHR[0], 6003, "hl7", has(EHR, "MSA|AR|DFT-"), answering_application="DPI", answering_facility="CHSA",
                     message_types=["ADT^A01", "SIU^S12", "DFT^P03"], acknowledgements=["AA", "AR"],
                     clients=[{"address": EAI[0], **gam}, {"address": EAI[0], "sending_application": "AGENDA", "sending_facility": "CHSA"},
                              {"address": EAI[0], "sending_application": "PHARMA", "sending_facility": "CHSA"}])],
            [device(*EAI, **{"class": "interface engine"}), device(*HIS, **{"class": "administrative application"}), device(*EHR),
             device(*LIS, **{"class": "laboratory information system"}), device(*PHARMACY)],
            [finding(CLEAR, EAI[0], 6001, proof=has(HIS, "ADT^A01")), finding("interface refuses messages", EHR[0], 6003, proof=has(EHR, "MSA|AR|"))],
            [decoy("admissions are sent by the engine's host as a device of its own",
                   "GAM is the application of 10.20.6.20, heard there itself; the engine passes its messages on", EAI[0], proof=has(EAI, "|GAM|CHSA|LIS|"))],
            m.ADT_CANARIES + ["CANARYOPERATEUR", "DFT-CANARYVISIT5521", "CANARYACTE", "CANARYAPPOINTMENT12", "CANARYDOCUMENT77",
                              "CANARYCOMPTERENDU fracture du femur", "CANARYTEXTE refus du patient CANARY-IPP-774411", "CANARYDIAG CANARY-IPP-774411",
                              "CANARYUSERMESSAGE CANARY-IPP-774411"],
            decode_as=["tcp.port==6001,hl7", "tcp.port==6002,hl7", "tcp.port==6003,hl7"]))


def hl7_laboratory():
    """IHE LAW (PaLM TF-2, LAB-27 to 29) and laboratory automation (HL7 chapter 13), with OBX-18 as analysers fill it."""
    law = "|||NE|AL||UNICODE UTF-8|||{}^IHE"
    query = m.message(header("COBAS|LABO", "MIDDLEWARE|LABO", "QBP^Q11^QBP_Q11", "QBP0001", "2.5.1", law.format("LAB-27")),
                      "QPD|WOS^Work Order Step^IHE_LABTF|Q1|CANARYSPECIMEN4471", "RCP|I||R^real time^HL70394")
    order = m.message(header("MIDDLEWARE|LABO", "COBAS|LABO", "OML^O33^OML_O33", "OML0001", "2.5.1", law.format("LAB-28")), m.PID,
                      "SPM|1|CANARYSPECIMEN4471||SER^Serum^HL70487", "ORC|NW||||||||20261121", "OBR|1|CANARYORDER881||GLU^Glucose")
    instrument = "c503^ROCHE~LNCC503-9^ROCHE~1^ROCHE"

    def result(control):
        return m.message(header("COBAS|LABO", "MIDDLEWARE|LABO", "OUL^R22^OUL_R22", control, "2.5.1", law.format("LAB-29")), m.PID,
                         "SPM|1|CANARYSPECIMEN4471||SER^Serum^HL70487", "OBR|1|CANARYORDER881||GLU^Glucose",
                         f"OBX|1|NM|GLU^Glucose^99ROC|1|CANARYRESULT5.4|mmol/L||N|||F|||||ZZCANARYTECHNICIEN^LEA~REALTIME||{instrument}|20261121100500",
                         "NTE|1||CANARYNOTE prelevement difficile")
    status = m.message(header("COBAS|LABO", "MIDDLEWARE|LABO", "ESU^U01^ESU_U01", "ESU0001", "2.5.1"),
                       "EQU|LNCC8000-17^ROCHE|20261121100500|OP^Operating^HL70365|L|N")
    inventory = m.message(header("COBAS|LABO", "MIDDLEWARE|LABO", "INU^U05^INU_U05", "INU0001", "2.5.1"),
                          "EQU|LNCC8000-17^ROCHE|20261121100500", "INV|GLU^Reagent|OK^OK status^HL70383|RC^Reagent|LOT55")
    command = m.message(header("MIDDLEWARE|LABO", "COBAS|LABO", "EAC^U07^EAC_U07", "EAC0001", "2.5.1"),
                        "EQU|LNCC8000-17^ROCHE|20261121100600", "ECD|1|LO^Load|Y|10^20261121|CANARYSPECIMEN4471", "SAC|||CANARYSPECIMEN4471")
    with Lab() as l:
        middleware, analyser = add(l, "middleware", MIDDLEWARE), add(l, "automate", ANALYSER)
        middleware.spawn(f"{ENGINE} serve 2576 MIDDLEWARE LABO INU=AE", 2576)
        analyser.spawn(f"{ENGINE} serve 2577 COBAS LABO", 2577)
        with l.record("hl7-laboratory") as c:
            send(analyser, MIDDLEWARE, 2576, query, result("OUL0001"), result("OUL0002"), status, inventory)
            send(middleware, ANALYSER, 2577, order, command)
        c.publish(truth(
            "Laboratory automation: an analyser asks for work (QBP^Q11), sends results (OUL^R22, OBX-18 with model and serial number), its status (ESU^U01, "
            "EQU) and an inventory, which is refused (AE); the middleware sends it orders (OML^O33) and a command (EAC^U07). Every message is "
            "answered by a plain ACK.", [pypi("hl7")],
            [service(MIDDLEWARE[0], 2576, "hl7", has(MIDDLEWARE, "MSA|AA|OUL0001"), answering_application="MIDDLEWARE", answering_facility="LABO",
                     message_types=["QBP^Q11", "OUL^R22", "ESU^U01", "INU^U05"], acknowledgements=["AA", "AE"], versions=["2.5.1"],
                     clients=[{"address": ANALYSER[0], "sending_application": "COBAS", "sending_facility": "LABO"}]),
             service(ANALYSER[0], 2577, "hl7", has(ANALYSER, "MSA|AA|OML0001"), answering_application="COBAS", answering_facility="LABO",
                     message_types=["OML^O33", "EAC^U07"], acknowledgements=["AA"], versions=["2.5.1"],
                     clients=[{"address": MIDDLEWARE[0], "sending_application": "MIDDLEWARE", "sending_facility": "LABO"}])],
            [device(*MIDDLEWARE, **{"class": "laboratory information system"}), device(*ANALYSER, **{"class": "laboratory analyser", "maker": "ROCHE"})],
            [finding(CLEAR, MIDDLEWARE[0], 2576, proof=has(ANALYSER, "OUL^R22")),
             finding("interface refuses messages", MIDDLEWARE[0], 2576, proof=has(MIDDLEWARE, "MSA|AE|INU0001"))],
            canaries=m.PID_CANARIES + ["CANARYSPECIMEN4471", "CANARYORDER881", "CANARYRESULT5.4", "ZZCANARYTECHNICIEN^LEA", "CANARYNOTE prelevement difficile"],
            decode_as=["tcp.port==2576,hl7", "tcp.port==2577,hl7"]))


def hl7_bedside():
    """IHE PCD-01, PCD-04 and PCD-03 in the shapes of published samples: a pump station, a monitoring network, an infusion order."""
    station = "PAT_DEVICE_BBRAUN^0012211839000001^EUI-64"
    tail = "|||AL|NE||UNICODE UTF-8|en^English^ISO639||"

    def pump(control, number, code, infusion):
        return m.message(header(station + "|BBRAUN", "DPI|CHSA", "ORU^R01^ORU_R01", control, "2.6", tail + "IHE_PCD_001^IHE PCD^1.3.6.1.4.1.19376.1.6.1.1.1^ISO"),
                         m.PID, "OBR|1|CANARYORDER882^PAT_DEVICE_BBRAUN^0012211839000001^EUI-64|1|999999^CANARYDRUG medication|||20261121100000",
                         f"OBX|1||{code[0]}^MDC_DEV_PUMP_INFUS_{code[1]}_MDS^MDC|1.0.0.0|||||||X|||||||{number}^^0012210000000000^EUI-64",
                         f"OBX|2||{code[0] + 1}^MDC_DEV_PUMP_INFUS_{code[1]}_VMD^MDC|1.1.0.0|||||||X",
                         f"OBX|3|NM|158014^MDC_FLOW_FLUID_PUMP_CURRENT^MDC|1.1.1.2|{infusion}|265266^MDC_DIM_MILLI_L_PER_HR^MDC|||||R")
    monitor = "7f2586c7-0506-46cd-a612-d8e75b838faa-IntelliVue MX500 - 866064"
    vital = m.message(header("PIIC|CHSA", "DPI|CHSA", "ORU^R01^ORU_R01", "CANARYVISIT5521-1", "2.6", tail + "IHE_PCD_001^IHE PCD^1.3.6.1.4.1.19376.1.6.1.1.1^ISO"),
                      m.PID, "PV1|1|I|REA^4^1^CHSA", "OBR|1||0009fbFFFF9b42b3^^^EUI-64|69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC|||20261121100000",
                      f"OBX|1||69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC|1.0.0.0|||||||X|||||||{monitor}",
                      "OBX|2||70666^MDC_DEV_ECG_RESP_VMD^MDC|1.2.0.0|||||||X|||||||LNCMOD0213",
                      "OBX|3|NM|147842^MDC_ECG_CARD_BEAT_RATE^MDC|1.2.1.1|CANARYHR72|264864^MDC_DIM_BEAT_PER_MIN^MDC|50-120||||F")
    alarm = m.message(header("0030E60000000001^EUI-64|Draeger", "ALARM|CHSA", "ORU^R40^ORU_R40", "ALM0001", "2.6", tail + "IHE_PCD_ACM_001^IHE PCD^1.3.6.1.4.1.19376.1.6.4.4^ISO"),
                      m.PID, "PV1|||REA^^^LIT8^^CANARYLIT", "OBR|1||0^urn:uuid:df041f5c-a3c9-11e9-8d8a-0050b612afeb|196616^MDC_EVT_ALARM^MDC|||20261121100000",
                      "OBX|1|ST|196670^MDC_EVT_LO^MDC|1.0.0.0.1|CANARYALARM desaturation||||||F")
    programme = m.message(header("DPI|CHSA", "PAT_DEVICE_BBRAUN|BBRAUN", "RGV^O15^RGV_O15", "RGV0001", "2.6", tail + "IHE_PCD_PIV_001^IHE PCD^1.3.6.1.4.1.19376.1.6.1.3.1^ISO"),
                          m.PID, "ORC|RE|CANARYORDER882|||||||20261121100000|ZZCANARYINFIRMIERE^ANNE", "RXG|1|||CANARYDRUG NORADRENALINE|125||mL",
                          "OBX|1||69986^MDC_DEV_PUMP_INFUS_VMD^MDC|||||||||||||||P52814^^0012210000000000^EUI-64")
    with Lab() as l:
        ehr, pumps, monitors, alarms = add(l, "dpi", EHR), add(l, "pompes", PUMPS), add(l, "centrale", MONITORS), add(l, "alarmes", ALARMS)
        ehr.spawn(f"{ENGINE} serve 5001 DPI CHSA", 5001)
        alarms.spawn(f"{ENGINE} serve 5002 ALARM CHSA", 5002)
        pumps.spawn(f"{ENGINE} serve 5003 PAT_DEVICE_BBRAUN BBRAUN", 5003)
        with l.record("hl7-bedside") as c:
            send(pumps, EHR, 5001, pump("PMP0001", "P52814", (70053, "SYRINGE"), "CANARYRATE125"), pump("PMP0002", "P52815", (70049, "LVP"), "CANARYRATE84"))
            send(monitors, EHR, 5001, vital)
            send(monitors, ALARMS, 5002, alarm)
            send(ehr, PUMPS, 5003, programme)
        c.publish(truth(
            "IHE device messages: a pump station speaks for two pumps (PCD-01, OBX-18 with a serial number and the maker's block of EUI-64), a monitoring "
            "network for a monitor with a module (PCD-01), an alarm (PCD-04) and an infusion order (PCD-03).", [pypi("hl7")],
            [service(EHR[0], 5001, "hl7", has(EHR, "MSA|AA|PMP0001"), answering_application="DPI", answering_facility="CHSA", message_types=["ORU^R01"],
                     acknowledgements=["AA"], versions=["2.6"],
                     clients=[{"address": PUMPS[0], "sending_application": "PAT_DEVICE_BBRAUN", "sending_facility": "BBRAUN"},
                              {"address": MONITORS[0], "sending_application": "PIIC", "sending_facility": "CHSA"}]),
             service(ALARMS[0], 5002, "hl7", has(ALARMS, "MSA|AA|ALM0001"), answering_application="ALARM", answering_facility="CHSA",
                     message_types=["ORU^R40"], acknowledgements=["AA"],
                     clients=[{"address": MONITORS[0], "sending_application": "0030E60000000001", "sending_facility": "Draeger"}]),
             service(PUMPS[0], 5003, "hl7", has(PUMPS, "MSA|AA|RGV0001"), answering_application="PAT_DEVICE_BBRAUN", answering_facility="BBRAUN",
                     message_types=["RGV^O15"], acknowledgements=["AA"], clients=[{"address": EHR[0], "sending_application": "DPI", "sending_facility": "CHSA"}])],
            [device(*EHR), device(*PUMPS, **{"class": "medical device gateway"}), device(*MONITORS), device(*ALARMS)],
            [finding(CLEAR, EHR[0], 5001, proof=has(PUMPS, "MDC_DEV_PUMP_INFUS_SYRINGE_MDS"))],
            [decoy("the two pumps are one device", "the EUI-64 of both is the maker's block and zeros: their serial numbers tell them apart", PUMPS[0],
                   proof=has(PUMPS, "P52815^^0012210000000000"))],
            m.PID_CANARIES + ["CANARYORDER882", "CANARYDRUG medication", "CANARYRATE125", "CANARYRATE84", "CANARYVISIT5521-1", "CANARYHR72", "CANARYLIT",
                              "CANARYALARM desaturation", "ZZCANARYINFIRMIERE^ANNE", "CANARYDRUG NORADRENALINE"],
            decode_as=["tcp.port==5001,hl7", "tcp.port==5002,hl7", "tcp.port==5003,hl7"],
            device_behind=[{"class": "infusion pump", "maker": "BBRAUN", "serial": "P52814", "seen_through": PUMPS[0]},
                           {"class": "infusion pump", "maker": "BBRAUN", "serial": "P52815", "seen_through": PUMPS[0]},
                           {"class": "patient monitor", "model": "IntelliVue MX500", "seen_through": MONITORS[0]}]))


if __name__ == "__main__":
    choose(hl7_interfaces, hl7_laboratory, hl7_bedside)
