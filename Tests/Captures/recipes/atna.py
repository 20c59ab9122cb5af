"""Audit trails by syslog (IHE ITI-20).  python3 atna.py [NAME…]"""
import lab
lab.need("iproute2", "ethtool", "tcpdump", "tshark", "bsdutils", "rsyslog")
lab.need_pip("rfc5424-logging-handler")

from lab import PYTHON, Lab, choose, debian, decoy, device, finding, pypi, service, truth

REPOSITORY = ("10.20.7.10", "d8:9e:f3:20:07:0a")   # Dell: audit record repository
ARCHIVE = ("10.20.7.20", "3c:52:82:20:07:14")      # Hewlett Packard: image archive
CONSOLE = ("10.20.7.31", "00:10:5d:20:07:1f")      # a console
RELAY = ("10.20.7.41", "90:1b:0e:20:07:29")        # Fujitsu: a relay

# DICOM PS3.15 A.5: an access to a study, and a login, with somebody in every place for somebody.
ACCESSED = ('<?xml version="1.0" encoding="UTF-8"?><AuditMessage><EventIdentification EventActionCode="R" EventDateTime="2026-11-21T10:00:00.000+01:00" '
            'EventOutcomeIndicator="0"><EventID csd-code="110103" codeSystemName="DCM" originalText="DICOM Instances Accessed"/></EventIdentification>'
            '<ActiveParticipant UserID="canary.dupont" AlternativeUserID="CANARYAET1" UserName="ZZCANARYMEDECIN PAUL" UserIsRequestor="true" '
            'NetworkAccessPointID="canary-console" NetworkAccessPointTypeCode="1"><RoleIDCode csd-code="CANARYROLE" codeSystemName="X" originalText="X"/>'
            '</ActiveParticipant><AuditSourceIdentification AuditEnterpriseSiteID="CHSA" AuditSourceID="{source}"><AuditSourceTypeCode csd-code="4"/>'
            '</AuditSourceIdentification><ParticipantObjectIdentification ParticipantObjectID="1.2.840.99999.4242.CANARY" ParticipantObjectTypeCode="2">'
            '<ParticipantObjectIDTypeCode csd-code="110180" codeSystemName="DCM" originalText="Study Instance UID"/><ParticipantObjectName>CANARYSTUDY'
            '</ParticipantObjectName></ParticipantObjectIdentification><ParticipantObjectIdentification ParticipantObjectID="CANARY-IPP-774411^^^CHSA" '
            'ParticipantObjectTypeCode="1" ParticipantObjectTypeCodeRole="1"><ParticipantObjectIDTypeCode csd-code="2" codeSystemName="RFC-3881" '
            'originalText="Patient Number"/><ParticipantObjectName>ZZCANARYDUPONT^MARGUERITE</ParticipantObjectName></ParticipantObjectIdentification>'
            '</AuditMessage>')
# RFC 3881 writes the attribute "code".
LOGIN = ('<AuditMessage><EventIdentification EventActionCode="E" EventDateTime="2026-11-21T10:01:00" EventOutcomeIndicator="4"><EventID code="110114" '
         'codeSystemName="DCM" displayName="User Authentication"/><EventTypeCode code="110122" codeSystemName="DCM" displayName="Login"/></EventIdentification>'
         '<ActiveParticipant UserID="canary.martin" UserIsRequestor="true" NetworkAccessPointID="10.20.7.31" NetworkAccessPointTypeCode="2"/>'
         '<AuditSourceIdentification AuditSourceID="CONSOLE-TDM1"/></AuditMessage>')
PEOPLE = ["canary.dupont", "CANARYAET1", "ZZCANARYMEDECIN PAUL", "canary-console", "CANARYROLE", "1.2.840.99999.4242.CANARY", "CANARYSTUDY",
          "CANARY-IPP-774411", "ZZCANARYDUPONT^MARGUERITE"]
CLEAR = "audit trail in clear"

HANDLER = """
import logging, sys, time
from rfc5424logging import Rfc5424SysLogHandler
import socket
handler = Rfc5424SysLogHandler(address=(sys.argv[1], int(sys.argv[2])), socktype=socket.SOCK_STREAM, framing=int(sys.argv[3]), appname="visionneuse",
                               hostname="console-tdm1.chsa.example", msg_as_utf8=False)
log = logging.getLogger("x"); log.setLevel(logging.INFO); log.addHandler(handler)
for line in open(sys.argv[4]):
    log.info(line.rstrip(), extra={"msgid": "IHE+RFC-3881"}); time.sleep(0.1)
handler.close()
"""


def add(l, name, place):
    return l.host(name, place[0] + "/24", place[1])


def daemon(host, rules):
    """rsyslogd as the host's program, with these rules alone."""
    config = host.write("rsyslog.conf", rules)
    return ["rsyslogd", "-n", "-i", str(host.folder / "pid"), "-f", config]


def receiver(l):
    repository = add(l, "arr", REPOSITORY)
    repository.spawn(daemon(repository, 'module(load="imudp")\nmodule(load="imtcp")\ninput(type="imudp" port="514")\ninput(type="imtcp" port="601")\n'
                            f'*.* action(type="omfile" file="{repository.folder}/received.log")\n'), 601, udp=514)
    return repository


def has(place, text, transport):
    return f'ip.src == {place[0]} && {transport} contains "{text}"'


def atna_udp():
    with Lab() as l:
        receiver(l)
        archive, console = add(l, "archive", ARCHIVE), add(l, "console", CONSOLE)
        accessed = archive.write("accessed.xml", ACCESSED.format(source="dcm4chee-arc"))
        login = console.write("login.xml", LOGIN)
        logger = f"logger -n {REPOSITORY[0]} -P 514 -d --size 8KiB"
        with l.record("atna-udp") as c:
            archive.run(f"{logger} --rfc5424=notq -p authpriv.info -t dcm4chee-arc --id=3390 --msgid IHE+RFC-3881 -f {accessed}")
            console.run(f"{logger} --rfc3164 -p authpriv.info -t visionneuse --id=812 -f {login}")
            console.run(f"{logger} --rfc3164 -p user.notice -t visionneuse --id=812 'Dossier CANARY-IPP-774411 ouvert par canary.dupont'")
            console.run(f"{logger} --rfc5424 -p user.notice -t visionneuse 'Impression du compte rendu de ZZCANARYDUPONT^MARGUERITE'")
        c.publish(truth(
            "Audit trail over UDP 514: an archive audits an access as DICOM PS3.15 has it (RFC 5424), a console a login as RFC 3881 has it (RFC 3164), and "
            "two messages that are no audit but speak of a patient; util-linux logger to rsyslogd.", [debian("bsdutils"), debian("rsyslog")],
            [],   # nobody answers: what the senders say is theirs
            [device(*REPOSITORY, silent=True),
             device(*ARCHIVE, syslog_application="dcm4chee-arc", syslog_hostname="archive", audit_source="dcm4chee-arc", audit_event="110103^DCM"),
             device(*CONSOLE, syslog_application="visionneuse", syslog_hostname="console", audit_source="CONSOLE-TDM1", audit_event="110114^DCM")],
            [finding(CLEAR, x[0], proof=has(x, "AuditSourceID", "udp")) for x in (ARCHIVE, CONSOLE)],
            canaries=PEOPLE + ["canary.martin", "Dossier CANARY-IPP-774411 ouvert", "Impression du compte rendu de ZZCANARYDUPONT"]))


def atna_tcp():
    """Octet counting and line ends, from a program's own handler, from logger and through a relay."""
    with Lab() as l:
        receiver(l)
        archive, console, relay = add(l, "archive", ARCHIVE), add(l, "console", CONSOLE), add(l, "relais", RELAY)
        handler = console.write("handler.py", HANDLER)
        login = console.write("login.xml", LOGIN + "\n" + "Dossier CANARY-IPP-774411 ouvert par canary.dupont\n")
        accessed = archive.write("accessed.xml", ACCESSED.format(source="dcm4chee-arc"))
        relay.spawn(daemon(relay, '$MaxMessageSize 16k\nmodule(load="imudp")\ninput(type="imudp" port="514")\n*.* action(type="omfwd" target="' + REPOSITORY[0]
                           + '" port="601" protocol="tcp" template="RSYSLOG_ForwardFormat" TCP_Framing="traditional")\n'), udp=514)
        logger = f"logger -P 601 -n {REPOSITORY[0]} -T --octet-count --size 8KiB"
        with l.record("atna-tcp") as c:
            archive.run(f"{logger} --rfc5424=notq -p authpriv.info -t dcm4chee-arc --id=3390 --msgid IHE+RFC-3881 -f {accessed}")
            for framing in (1, 2):   # octet counting, line ends
                console.run([PYTHON, handler, REPOSITORY[0], "601", str(framing), login])
            archive.run(f"logger -n {RELAY[0]} -P 514 -d --rfc3164 -p local0.info -t stockage --id=77 'etude 1.2.840.99999.4242.CANARY stockee'")
        c.publish(truth(
            "Audit trail over TCP 601: octet counting (util-linux logger, a Python handler), line ends (the same handler), and a relay (rsyslogd) that passes on "
            "what it got over UDP 514.", [debian("bsdutils"), debian("rsyslog"), pypi("rfc5424-logging-handler")],
            [service(REPOSITORY[0], 601, "syslog", has(ARCHIVE, "AuditSourceID", "tcp"),
                     clients=[{"address": ARCHIVE[0], "syslog_application": "dcm4chee-arc", "audit_source": "dcm4chee-arc", "audit_event": "110103^DCM"},
                              {"address": CONSOLE[0], "audit_source": "CONSOLE-TDM1", "audit_event": "110114^DCM"},
                              {"address": RELAY[0], "syslog_application": "stockage", "syslog_hostname": "archive"}])],
            [device(*REPOSITORY), device(*ARCHIVE), device(*CONSOLE), device(*RELAY)],
            [finding(CLEAR, x[0], proof=has(x, "AuditSourceID", "tcp")) for x in (ARCHIVE, CONSOLE)],
            [decoy(f"{RELAY[0]} stores images", "it passes on what the archive's program said", RELAY[0], proof=has(RELAY, "stockage", "tcp")),
             decoy(f"visionneuse is a program of {CONSOLE[0]}", "of facility user, a tag is a user's name unless its sender chose another", CONSOLE[0],
                   proof=has(CONSOLE, "visionneuse", "tcp"))],
            PEOPLE + ["canary.martin", "Dossier CANARY-IPP-774411 ouvert", "etude 1.2.840.99999.4242.CANARY stockee"]))


if __name__ == "__main__":
    choose(atna_udp, atna_tcp)
