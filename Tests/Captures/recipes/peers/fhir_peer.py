"""A FHIR R4B server made with FHIRStarter, with one patient in it.  python3 fhir_peer.py ADDRESS PORT"""
import os
import sys

os.environ["FHIR_SEQUENCE"] = "R4B"

import uvicorn  # noqa: E402
from fhir.resources.R4B.bundle import Bundle  # noqa: E402
from fhir.resources.R4B.patient import Patient  # noqa: E402
from fhirstarter import FHIRProvider, FHIRStarter, InteractionContext  # noqa: E402
from fhirstarter.exceptions import FHIRResourceNotFoundError  # noqa: E402
from starlette.middleware.gzip import GZipMiddleware  # noqa: E402

PATIENT = {"resourceType": "Patient", "id": "CANARY-IPP-774411", "active": True,
           "identifier": [{"system": "urn:oid:1.2.250.1.213.1.4.8", "value": "2840575CANARY88"}],
           "name": [{"family": "ZZCANARYDUPONT", "given": ["MARGUERITE"]}], "birthDate": "1819-02-13",
           "address": [{"line": ["17 RUE CANARYBOULEVARD"]}], "telecom": [{"system": "phone", "value": "CANARY0145678901"}]}
store = {PATIENT["id"]: PATIENT}
app = FHIRStarter(title="FHIR")
provider = FHIRProvider()


@provider.read(Patient)
async def patient_read(context: InteractionContext, id_: str) -> Patient:
    if id_ not in store:
        raise FHIRResourceNotFoundError
    return Patient(**store[id_])


@provider.create(Patient)
async def patient_create(context: InteractionContext, resource: Patient) -> str:
    identifier = f"CANARY-IPP-{990000 + len(store)}"
    store[identifier] = {**resource.model_dump(mode="json"), "resourceType": "Patient", "id": identifier}
    return identifier


@provider.search_type(Patient)
async def patient_search(context: InteractionContext, family: str | None = None) -> Bundle:
    found = [{"resource": p, "search": {"mode": "match"}} for p in store.values() if not family or p["name"][0]["family"] == family]
    return Bundle(type="searchset", total=len(found), entry=found)


def amend(statement, request, response):
    """What a maker adds; contact and implementation name persons and places, and are canaries."""
    return {"resourceType": "CapabilityStatement", "publisher": "CH de Sainte-Auscultation", "contact": [{"name": "ZZCANARYADMIN PAUL"}],
            "software": {"name": "FHIRStarter", "version": __import__("importlib.metadata").metadata.version("fhirstarter")},
            "implementation": {"description": "CANARYIMPLEMENTATION de ZZCANARYMEDECIN"},
            **{k: v for k, v in statement.items() if k != "resourceType"}}


app.set_capability_statement_modifier(amend)
app.add_providers(provider)
app.add_middleware(GZipMiddleware, minimum_size=256)

if __name__ == "__main__":
    uvicorn.run(app, host=sys.argv[1], port=int(sys.argv[2]), log_level="warning")
