"""Invented HL7 v2 messages: what a device or an application says of itself, and a patient who must never come out."""

PID = ("PID|1||CANARY-IPP-774411^^^CHSA^PI~2840575CANARY88^^^ASIP-SANTE-INS-NIR^INS||ZZCANARYDUPONT^MARGUERITE^^^MME||18190213|F|||"
       "17 RUE CANARYBOULEVARD^^QUIMPER^^29000^FRA||CANARY0145678901")
NK1 = "NK1|1|ZZCANARYEPOUX^RENE|SPO|18 RUE CANARYAVENUE^^QUIMPER|CANARY0298001122"
IN1 = "IN1|1|MUT01|CANARYMUTUELLE|||||||||||||ZZCANARYASSURE^MARGUERITE||||||||||||||||||||CANARYPOLICE99887"
PV1 = "PV1|1|I|CARDIO^204^1^CHSA||||ZZCANARYMEDECIN^PAUL^^^DR||||||||||||CANARYVISIT5521"

PID_CANARIES = ["CANARY-IPP-774411", "18190213", "2840575CANARY88", "ZZCANARYDUPONT^MARGUERITE", "17 RUE CANARYBOULEVARD", "CANARY0145678901"]
ADT_CANARIES = PID_CANARIES + ["ZZCANARYEPOUX^RENE", "18 RUE CANARYAVENUE", "CANARY0298001122", "CANARYMUTUELLE", "ZZCANARYASSURE^MARGUERITE",
                               "CANARYPOLICE99887", "ZZCANARYMEDECIN^PAUL", "CANARYVISIT5521"]


def message(*segments, end="\r", encoding="utf-8"):
    return (end.join(segments) + end).encode(encoding)


def adt(control="ADT0001", event="A01", encoding_characters="^~\\&", version="2.5", structure="^ADT_A01"):
    return message(
        f"MSH|{encoding_characters}|GAM|CHSA|EAI|CHSA|20261121090000||ADT^{event}{structure}|{control}|P|{version}|||AL|NE|FRA|UNICODE UTF-8",
        "SFT|Éditeur Exemple|7.4.2|Gestion Administrative|GAM-7.4.2-b1881|ADT|20260301",
        f"EVN|{event}|20261121090000|||CANARYOPERATEUR", PID, NK1, PV1, IN1)


def orm(control="ORM0001"):
    return message("MSH|^~\\&|PRESCRIPTION|CHSA|EAI|CHSA|20261121091000||ORM^O01|" + control + "|P|2.3.1", PID, PV1,
                   "ORC|NW|CANARYORDER881||||||||||ZZCANARYMEDECIN^PAUL", "OBR|1|CANARYORDER881||TDM^Scanner pelvis|||20261121091000",
                   "NTE|1||CANARYNOTE suspicion de fracture")


def oru(control="ORU0001"):
    """Results of a haematology analyser, which says what it is in OBX-18 and PRT."""
    device = "LNCXN5521^XN-1000^SYSMEX^L"
    return message(
        "MSH|^~\\&|IPU-XN^LNCIPU01^L|LABO|LIS-LABO|CHSA|20261121092000||ORU^R01^ORU_R01|" + control + "|P|2.5||||||8859/1",
        PID, PV1, "OBR|1||CANARYSPECIMEN4471|58410-2^NFS^LN|||20261121091500",
        f"OBX|1|NM|718-7^Hemoglobine^LN||CANARYRESULT13.4|g/dL|12-16|N|||F|||20261121091900||ZZCANARYTECHNICIEN^LEA||{device}|20261121091900",
        f"OBX|2|NM|777-3^Plaquettes^LN||CANARYRESULT212|G/L|150-400|N|||F|||20261121091900||||{device}|20261121091900",
        "NTE|1||CANARYNOTE prelevement difficile")


def pcd(control="PCD0001"):
    """An IHE PCD-01 report: a gateway speaks for a pump and a monitor, which have EUI-64 of their own, one with a UDI (PRT)."""
    pump = "0012210FFE552101^BBRAUN^0012210FFE552101^EUI-64"
    monitor = "0009FBFFFE30A7C2^PHILIPS^0009FBFFFE30A7C2^EUI-64"
    return message(
        "MSH|^~\\&|BBRAUN_ONLINESUITE^0012210FFE000001^EUI-64|CHSA|DPI|CHSA|20261121093000+0100||ORU^R01^ORU_R01|" + control
        + "|P|2.6|||AL|NE|FRA|UNICODE UTF-8|fr^French||IHE_PCD_001^IHE PCD^1.3.6.1.4.1.19376.1.6.1.1.1^ISO",
        PID, "PV1|1|I|REA^4^1^CHSA", "OBR|1|CANARYORDER882|PCDFILLER1|182777000^monitoring of patient^SCT|||20261121093000",
        f"OBX|1||69985^MDC_DEV_PUMP_INFUS_MDS^MDC|1.0.0.0|||||||X|||||||{pump}",
        "PRT|1|AD||EQUIP^Equipment^HL70912|||||REA^4^1|" + pump + "||||||(01)04046964LNC001(21)LNC552101^GS1^2.51.1.1^ISO|20240301||LOT77A|LNC552101",
        "OBX|2|NM|157784^MDC_FLOW_FLUID_PUMP^MDC|1.1.1.1|CANARYRATE125|265266^MDC_DIM_MILLI_L_PER_HR^MDC|||||R|||20261121093000||||" + pump,
        "OBX|3|ST|0^MDC_DRUG_NAME_LABEL^MDC|1.1.1.2|CANARYDRUG NORADRENALINE||||||R|||||||" + pump,
        f"OBX|4||69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC|2.0.0.0|||||||X|||||||{monitor}",
        "OBX|5|NM|147842^MDC_ECG_HEART_RATE^MDC|2.1.1.1|CANARYHR72|264864^MDC_DIM_BEAT_PER_MIN^MDC|||||R|||20261121093000||||" + monitor)


def batch():
    inner = [adt("BAT0001"), oru("BAT0002")]
    head = message("FHS|^~\\&|LABO-BATCH|LABO|EAI|CHSA|20261121180000||NIGHT.HL7||FIC0001", "BHS|^~\\&|LABO-BATCH|LABO|EAI|CHSA|20261121180000||||LOT0001")
    return head + b"".join(inner) + message("BTS|2", "FTS|1")


def frame(data):
    return b"\x0b" + data + b"\x1c\r"
