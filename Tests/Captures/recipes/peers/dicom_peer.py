"""DICOM peers made with pynetdicom, started inside a host by the recipes.

    dicom_peer.py scp PORT AE [--only-called] [--only-calling AE…] [--identity]
    dicom_peer.py echo HOST PORT CALLED CALLING [--user NAME --passcode CODE | --jwt TOKEN]
    dicom_peer.py store HOST PORT CALLED CALLING FILE…
    dicom_peer.py negotiate | abort | mpps | commit | find HOST PORT CALLED CALLING
"""
import argparse
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import pydicom
from pydicom.dataset import Dataset
from pynetdicom import AE, AllStoragePresentationContexts, ALL_TRANSFER_SYNTAXES, StoragePresentationContexts, build_role, evt
from pynetdicom.pdu_primitives import (AsynchronousOperationsWindowNegotiation, SOPClassCommonExtendedNegotiation,
                                       SOPClassExtendedNegotiation, UserIdentityNegotiation)
from pynetdicom.sop_class import (CTImageStorage, ModalityPerformedProcedureStep, ModalityWorklistInformationFind,
                                  PatientRootQueryRetrieveInformationModelFind, StorageCommitmentPushModel,
                                  StorageCommitmentPushModelInstance, StudyRootQueryRetrieveInformationModelFind,
                                  StudyRootQueryRetrieveInformationModelGet, Verification)

import datasets


def scp(a):
    ae = AE(ae_title=a.ae)
    ae.add_supported_context(Verification)
    for context in AllStoragePresentationContexts:
        ae.add_supported_context(context.abstract_syntax, ALL_TRANSFER_SYNTAXES, scu_role=True, scp_role=True)
    for sop in (ModalityPerformedProcedureStep, StorageCommitmentPushModel, ModalityWorklistInformationFind,
                StudyRootQueryRetrieveInformationModelFind, PatientRootQueryRetrieveInformationModelFind):
        ae.add_supported_context(sop)
    ae.require_called_aet = a.only_called
    ae.require_calling_aet = a.only_calling or []

    def find(event):
        answer = datasets.worklist_item()
        answer.pop("is_undefined_length", None)
        result = Dataset()
        result.update({e.tag: e for e in answer if e.tag.group != 2})
        yield 0xFF00, result
        yield 0x0000, None

    def created(event):
        return 0x0000, event.attribute_list

    def set_(event):
        return 0x0000, event.modification_list

    def action(event):
        information = event.action_information
        answer = Dataset()
        answer.TransactionUID = information.TransactionUID
        answer.ReferencedSOPSequence = information.ReferencedSOPSequence
        pending.append((event.assoc, answer))
        return 0x0000, None

    pending = []
    handlers = [(evt.EVT_C_STORE, lambda event: 0x0000), (evt.EVT_C_FIND, find), (evt.EVT_N_CREATE, created),
                (evt.EVT_N_SET, set_), (evt.EVT_N_ACTION, action)]
    if a.identity:
        handlers.append((evt.EVT_USER_ID, lambda event: (True, b"CANARYSERVERTOKEN" if event.assoc.acceptor else None)))
    ae.start_server(("0.0.0.0", a.port), block=False, evt_handlers=handlers)
    while True:
        time.sleep(0.1)
        while pending:
            association, answer = pending.pop()
            time.sleep(0.2)
            association.send_n_event_report(answer, 1, StorageCommitmentPushModel, StorageCommitmentPushModelInstance)


def associate(a, ae, **more):
    association = ae.associate(a.host, a.port, ae_title=a.called, **more)
    if not association.is_established:
        print("not established:", "rejected" if association.is_rejected else "aborted")
    return association


def echo(a):
    ae = AE(ae_title=a.calling)
    ae.add_requested_context(Verification)
    negotiation = []
    if a.user or a.jwt:
        identity = UserIdentityNegotiation()
        identity.user_identity_type = 2 if a.user else 5
        identity.positive_response_requested = True
        identity.primary_field = (a.user or a.jwt).encode()
        identity.secondary_field = a.passcode.encode() if a.user else b""
        negotiation.append(identity)
    association = associate(a, ae, ext_neg=negotiation)
    if association.is_established:
        print("echo", association.send_c_echo())
        association.release()


def store(a):
    files = [pydicom.dcmread(f) for f in a.files]
    ae = AE(ae_title=a.calling)
    for syntax in dict.fromkeys((f.SOPClassUID, f.file_meta.TransferSyntaxUID) for f in files):
        ae.add_requested_context(*syntax)
    association = associate(a, ae)
    for f in files:
        status = association.send_c_store(f)
        if status.Status != 0:
            sys.exit(f"store failed: {status}")
    association.release()


def negotiate(a):
    """Every optional item of the user information: roles, asynchronous window, extended and common extended."""
    ae = AE(ae_title=a.calling)
    ae.requested_contexts = StoragePresentationContexts[:100]
    ae.add_requested_context(Verification)
    ae.add_requested_context(StudyRootQueryRetrieveInformationModelGet)
    window = AsynchronousOperationsWindowNegotiation()
    window.maximum_number_operations_invoked = window.maximum_number_operations_performed = 4
    extended = SOPClassExtendedNegotiation()
    extended.sop_class_uid, extended.service_class_application_information = CTImageStorage, b"\x02\x00\x03\x00\x01\x00"
    common = SOPClassCommonExtendedNegotiation()
    common.sop_class_uid, common.service_class_uid = CTImageStorage, "1.2.840.10008.4.2"
    association = associate(a, ae, ext_neg=[build_role(CTImageStorage, scu_role=True, scp_role=True), window, extended, common])
    print("echo", association.send_c_echo())
    association.release()


def abort(a):
    ae = AE(ae_title=a.calling)
    ae.add_requested_context(Verification)
    association = associate(a, ae)
    association.send_c_echo()
    association.abort()


def mpps(a):
    ae = AE(ae_title=a.calling)
    ae.add_requested_context(ModalityPerformedProcedureStep)
    association = associate(a, ae)
    item = datasets.worklist_item()
    step = Dataset()
    step.PerformedStationAETitle, step.PerformedStationName, step.PerformedLocation = a.calling, "CTAWP66021", "SALLE 2"
    step.Modality, step.PerformedProcedureStepStatus, step.PerformedProcedureStepID = "CT", "IN PROGRESS", "PPS1"
    step.PerformedProcedureStepStartDate, step.PerformedProcedureStepStartTime = "20261121", "090500"
    for field in ("PatientName", "PatientID", "PatientBirthDate", "PatientSex"):
        setattr(step, field, getattr(item, field))
    scheduled = Dataset()
    scheduled.AccessionNumber, scheduled.StudyInstanceUID = item.AccessionNumber, item.StudyInstanceUID
    step.ScheduledStepAttributesSequence = [scheduled]
    uid = f"{datasets.ROOT}88.1"
    status, _ = association.send_n_create(step, ModalityPerformedProcedureStep, uid)
    done = Dataset()
    done.PerformedProcedureStepStatus, done.PerformedProcedureStepEndDate = "COMPLETED", "20261121"
    done.PerformedProcedureStepEndTime = "091200"
    status, _ = association.send_n_set(done, ModalityPerformedProcedureStep, uid)
    print("mpps", status)
    association.release()


def commit(a):
    ae = AE(ae_title=a.calling)
    ae.add_requested_context(StorageCommitmentPushModel)
    association = associate(a, ae, evt_handlers=[(evt.EVT_N_EVENT_REPORT, lambda event: (0x0000, None))])
    request = Dataset()
    request.TransactionUID = f"{datasets.ROOT}89.1"
    reference = Dataset()
    reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = CTImageStorage, f"{datasets.ROOT}215.1"
    request.ReferencedSOPSequence = [reference]
    status, _ = association.send_n_action(request, 1, StorageCommitmentPushModel, StorageCommitmentPushModelInstance)
    time.sleep(1)
    association.release()


def find(a):
    ae = AE(ae_title=a.calling)
    ae.add_requested_context(StudyRootQueryRetrieveInformationModelFind)
    association = associate(a, ae)
    query = Dataset()
    query.QueryRetrieveLevel, query.PatientName, query.PatientID = "STUDY", "ZZCANARY*", ""
    query.StudyInstanceUID = ""
    for status, answer in association.send_c_find(query, StudyRootQueryRetrieveInformationModelFind):
        print(status.Status)
    association.release()


parser = argparse.ArgumentParser()
actions = parser.add_subparsers(required=True)
p = actions.add_parser("scp")
p.add_argument("port", type=int)
p.add_argument("ae")
p.add_argument("--only-called", action="store_true")
p.add_argument("--only-calling", nargs="*")
p.add_argument("--identity", action="store_true")
p.set_defaults(do=scp)
for name, do in (("echo", echo), ("store", store), ("negotiate", negotiate), ("abort", abort), ("mpps", mpps),
                 ("commit", commit), ("find", find)):
    p = actions.add_parser(name)
    p.add_argument("host")
    p.add_argument("port", type=int)
    p.add_argument("called")
    p.add_argument("calling")
    p.add_argument("files", nargs="*")
    p.add_argument("--user")
    p.add_argument("--passcode")
    p.add_argument("--jwt")
    p.set_defaults(do=do)
arguments = parser.parse_args()
arguments.do(arguments)
