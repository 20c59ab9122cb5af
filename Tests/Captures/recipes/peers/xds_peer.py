"""Documents and SOAP over HTTP: a server that answers IHE transactions, and a client that asks.

    python3 xds_peer.py server ADDRESS PORT
    python3 xds_peer.py client URL

The HTTP, the SOAP envelopes and WS-Addressing are those of Python's http.server, zeep and requests; the messages' contents
are invented. The registry is not a real one: it answers every query with the same document entry.
"""
import http.server
import re
import sys

PATIENT = ("<PID><family>ZZCANARYDUPONT</family><given>MARGUERITE</given><ipp>CANARY-IPP-774411</ipp><nir>2840575CANARY88</nir>"
           "<note>CANARYCOMMENT ALLERGIE IODE</note></PID>")
CDA = ('<?xml version="1.0" encoding="UTF-8"?>\n<?xml-stylesheet type="text/xsl" href="cda.xsl"?>\n'
       '<ClinicalDocument xmlns="urn:hl7-org:v3"><realmCode code="FR"/><typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>'
       '<id root="CANARYDOCUMENT.774411"/><title>CANARYTITLE Compte rendu de ZZCANARYDUPONT</title><recordTarget><patientRole>'
       '<id extension="2840575CANARY88"/><patient><name><given>MARGUERITE</given><family>ZZCANARYDUPONT</family></name></patient>'
       '</patientRole></recordTarget><author><name>ZZCANARYMEDECIN PAUL</name></author></ClinicalDocument>')
WSA = "http://www.w3.org/2005/08/addressing"
SOAP = "http://www.w3.org/2003/05/soap-envelope"


def envelope(action, body, soap=SOAP):
    return (f'<?xml version="1.0" encoding="UTF-8"?><S:Envelope xmlns:S="{soap}" xmlns:wsa="{WSA}"><S:Header><wsa:Action S:mustUnderstand="1">{action}'
            f'</wsa:Action><Security><Assertion><Subject>ZZCANARYMEDECIN PAUL</Subject></Assertion></Security></S:Header><S:Body>{body}</S:Body></S:Envelope>')


def mtom(action, root, parts):
    """A SOAP message with attachments by XOP (W3C XML-binary Optimized Packaging)."""
    body = (f'--limite\r\nContent-ID: <root@canary>\r\nContent-Type: application/xop+xml; charset=UTF-8; type="application/soap+xml"\r\n\r\n{root}\r\n')
    for number, part in enumerate(parts):
        body += f"--limite\r\nContent-ID: <doc{number}@canary>\r\nContent-Type: text/xml\r\nContent-Transfer-Encoding: binary\r\n\r\n{part}\r\n"
    body += "--limite--\r\n"
    kind = ('multipart/related; boundary="limite"; type="application/xop+xml"; start="<root@canary>"; start-info="application/soap+xml"'
            + (f'; action="{action}"' if action else ""))
    return kind, body.encode()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, kind, body, chunk=0):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        if chunk:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if not chunk:
            self.wfile.write(body)
            return
        for start in range(0, len(body), chunk):
            piece = body[start:start + chunk]
            self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        self.wfile.write(b"0\r\n\r\n")

    def do_GET(self):
        if self.path.startswith("/wsdl"):
            self.answer("text/xml", WSDL.encode())
        else:
            # In chunks of 37 bytes: a name may be cut anywhere.
            self.answer("application/xml; charset=utf-8", CDA.encode(), chunk=37)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        found = re.search(r"Action[^>]*>([^<]+)<", body)
        action = found.group(1).strip() if found else (self.headers.get("SOAPAction") or "").strip('"')
        if not action:
            self.answer("text/xml", b"<ok/>")
        elif "RetrieveDocumentSet" in action:
            # The action only in the envelope, not in the head.
            self.answer(*mtom(None, envelope(action + "Response", "<RetrieveDocumentSetResponse/>"), [CDA]))
        elif "PRPA_IN201305UV02" in action:
            self.answer("text/xml; charset=utf-8", envelope("urn:hl7-org:v3:PRPA_IN201306UV02", f'<PRPA_IN201306UV02 xmlns="urn:hl7-org:v3">{PATIENT}</PRPA_IN201306UV02>',
                                                            "http://schemas.xmlsoap.org/soap/envelope/").encode())
        else:
            self.answer(f'application/soap+xml; charset=UTF-8; action="{action}Response"',
                        envelope(action + "Response", f'<q:AdhocQueryResponse xmlns:q="urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0">{PATIENT}</q:AdhocQueryResponse>').encode(), chunk=300)


WSDL = """<?xml version="1.0"?>
<definitions name="DocumentRegistry" targetNamespace="urn:ihe:iti:xds-b:2007" xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:t="urn:ihe:iti:xds-b:2007"
 xmlns:soap12="http://schemas.xmlsoap.org/wsdl/soap12/" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:wsam="http://www.w3.org/2007/05/addressing/metadata"
 xmlns:q="urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0">
<types><xsd:schema targetNamespace="urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0" elementFormDefault="qualified">
<xsd:element name="AdhocQueryRequest"><xsd:complexType><xsd:sequence><xsd:element name="AdhocQuery" type="xsd:string"/></xsd:sequence></xsd:complexType></xsd:element>
<xsd:element name="AdhocQueryResponse"><xsd:complexType><xsd:sequence><xsd:any minOccurs="0" maxOccurs="unbounded" processContents="skip"/></xsd:sequence></xsd:complexType></xsd:element>
</xsd:schema></types>
<message name="In"><part name="body" element="q:AdhocQueryRequest"/></message><message name="Out"><part name="body" element="q:AdhocQueryResponse"/></message>
<portType name="Registry"><operation name="RegistryStoredQuery">
<input message="t:In" wsam:Action="urn:ihe:iti:2007:RegistryStoredQuery"/><output message="t:Out" wsam:Action="urn:ihe:iti:2007:RegistryStoredQueryResponse"/></operation></portType>
<binding name="Binding" type="t:Registry"><soap12:binding transport="http://schemas.xmlsoap.org/soap/http"/>
<operation name="RegistryStoredQuery"><soap12:operation soapAction="urn:ihe:iti:2007:RegistryStoredQuery"/>
<input><soap12:body use="literal"/></input><output><soap12:body use="literal"/></output></operation></binding>
<service name="DocumentRegistry"><port name="Port" binding="t:Binding"><soap12:address location="http://0.0.0.0/registry"/></port></service></definitions>"""


def client(url):
    import requests
    import zeep
    import zeep.wsa
    # ITI-18 as zeep does it: SOAP 1.2 with WS-Addressing.
    asker = zeep.Client(url + "/wsdl", plugins=[zeep.wsa.WsAddressingPlugin()])
    service = asker.create_service("{urn:ihe:iti:xds-b:2007}Binding", url + "/registry/CANARYPATH774411")
    service.RegistryStoredQuery(AdhocQuery="$XDSDocumentEntryPatientId CANARY-IPP-774411^^^ZZCANARYDUPONT")
    session = requests.Session()
    # ITI-41 with MTOM, the action in the envelope's part only.
    action = "urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b"
    kind, body = mtom(None, envelope(action, f"<ProvideAndRegisterDocumentSetRequest>{PATIENT}</ProvideAndRegisterDocumentSetRequest>"), [CDA])
    session.post(url + "/repository", data=body, headers={"Content-Type": kind})
    # ITI-43, the action in the media type.
    action = "urn:ihe:iti:2007:RetrieveDocumentSet"
    session.post(url + "/repository?patient=ZZCANARYDUPONT", data=envelope(action, "<RetrieveDocumentSetRequest>CANARYDOCUMENT.774411</RetrieveDocumentSetRequest>"),
                 headers={"Content-Type": f'application/soap+xml; charset=UTF-8; action="{action}"'})
    # ITI-47 (PDQV3) in SOAP 1.1, the action in SOAPAction.
    action = "urn:hl7-org:v3:PRPA_IN201305UV02"
    session.post(url + "/pdq", data=envelope(action, f'<PRPA_IN201305UV02 xmlns="urn:hl7-org:v3">{PATIENT}</PRPA_IN201305UV02>', "http://schemas.xmlsoap.org/soap/envelope/"),
                 headers={"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{action}"'})
    # A HL7 version 3 message without SOAP, and CDA documents, by their root elements alone.
    session.post(url + "/v3", data=f'<?xml version="1.0"?><PRPA_IN201301UV02 xmlns="urn:hl7-org:v3">{PATIENT}</PRPA_IN201301UV02>', headers={"Content-Type": "application/xml"})
    session.post(url + "/cda/CANARYPATH774411", data=CDA.encode(), headers={"Content-Type": "text/xml"})
    session.get(url + "/cda/774411?nom=ZZCANARYDUPONT")


if __name__ == "__main__":
    if sys.argv[1] == "server":
        http.server.ThreadingHTTPServer((sys.argv[2], int(sys.argv[3])), Handler).serve_forever()
    else:
        client(sys.argv[2])
