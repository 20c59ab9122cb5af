"""DICOM peers for dicom_roles.py, made with pynetdicom.

    dicom_roles_peer.py print HOST PORT CALLED CALLING
    dicom_roles_peer.py store HOST PORT CALLED CALLING FILE…      proposes a worklist, MPPS and what makers propose of their own
    dicom_roles_peer.py commit HOST PORT CALLED CALLING OWN-PORT  asks for storage commitment and waits for the report
    dicom_roles_peer.py echo HOST PORT CALLED CALLING [--tls CA.PEM]
"""
import argparse
import pathlib
import ssl
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import pydicom
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import ImplicitVRLittleEndian
from pynetdicom import AE, build_role, evt
from pynetdicom.sop_class import (BasicFilmBox, BasicFilmSession, BasicGrayscaleImageBox, BasicGrayscalePrintManagementMeta, CTImageStorage,
                                  ModalityPerformedProcedureStep, ModalityWorklistInformationFind, Printer, PrinterInstance,
                                  StorageCommitmentPushModel, StorageCommitmentPushModelInstance, Verification)

import datasets


def associate(a, ae, **more):
    association = ae.associate(a.host, a.port, ae_title=a.called, **more)
    if not association.is_established:
        sys.exit("not established")
    return association


def done(status, what):
    if "Status" not in status or status.Status not in (0x0000, 0xB600):
        sys.exit(f"{what}: {status}")


def print_(a):
    """A film session with one film: printer status, session, film box, one image, printed, deleted."""
    ae = AE(ae_title=a.calling)
    ae.add_requested_context(BasicGrayscalePrintManagementMeta)
    association = associate(a, ae)
    meta = {"meta_uid": BasicGrayscalePrintManagementMeta}
    status, _ = association.send_n_get([0x21100010, 0x21100020], Printer, PrinterInstance, **meta)
    done(status, "printer")
    session = Dataset()
    session.NumberOfCopies, session.PrintPriority, session.MediumType, session.FilmDestination = 1, "LOW", "PAPER", "MAGAZINE"
    session.FilmSessionLabel = "ZZCANARYDUPONT^MARGUERITE"
    session_uid = f"{datasets.ROOT}301.1"
    status, _ = association.send_n_create(session, BasicFilmSession, session_uid, **meta)
    done(status, "session")
    box = Dataset()
    box.ImageDisplayFormat, box.FilmOrientation, box.FilmSizeID = r"STANDARD\1,1", "PORTRAIT", "8INX10IN"
    reference = Dataset()
    reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = BasicFilmSession, session_uid
    box.ReferencedFilmSessionSequence = Sequence([reference])
    box_uid = f"{datasets.ROOT}301.2"
    status, answer = association.send_n_create(box, BasicFilmBox, box_uid, **meta)
    done(status, "film box")
    picture = Dataset()
    picture.SamplesPerPixel, picture.PhotometricInterpretation, picture.Rows, picture.Columns = 1, "MONOCHROME2", 16, 16
    picture.PixelAspectRatio = [1, 1]
    picture.BitsAllocated, picture.BitsStored, picture.HighBit, picture.PixelRepresentation = 8, 8, 7, 0
    picture.PixelData = (b"CANARYPIXELTEXT " * 16)[:256]
    picture["PixelData"].VR = "OW"
    image = Dataset()
    image.ImageBoxPosition = 1
    image.BasicGrayscaleImageSequence = Sequence([picture])
    image_uid = answer.ReferencedImageBoxSequence[0].ReferencedSOPInstanceUID
    status, _ = association.send_n_set(image, BasicGrayscaleImageBox, image_uid, **meta)
    done(status, "image box")
    status, _ = association.send_n_action(None, 1, BasicFilmBox, box_uid, **meta)
    done(status, "print")
    done(association.send_n_delete(BasicFilmSession, session_uid, **meta), "delete")
    association.release()


def store(a):
    files = [pydicom.dcmread(f) for f in a.files]
    ae = AE(ae_title=a.calling)
    for file in files:
        ae.add_requested_context(file.SOPClassUID, file.file_meta.TransferSyntaxUID)
    ae.add_requested_context(ModalityWorklistInformationFind)
    ae.add_requested_context(ModalityPerformedProcedureStep)
    if a.private:
        ae.add_requested_context(a.private, ["1.2.840.113619.5.2", ImplicitVRLittleEndian])
    association = associate(a, ae)
    for file in files:
        status = association.send_c_store(file)
        if status.Status != 0:
            sys.exit(f"store: {status}")
    association.release()


def commit(a):
    """The report comes in an association that the archive opens: its client is the provider."""
    reported = threading.Event()

    def report(event):
        reported.set()
        return 0x0000, None

    server = AE(ae_title=a.calling)
    server.add_supported_context(StorageCommitmentPushModel, scu_role=False, scp_role=True)
    server.add_supported_context(Verification)
    listener = server.start_server(("0.0.0.0", int(a.files[0])), block=False, evt_handlers=[(evt.EVT_N_EVENT_REPORT, report)])
    ae = AE(ae_title=a.calling)
    ae.add_requested_context(StorageCommitmentPushModel)
    association = associate(a, ae)
    request = Dataset()
    request.TransactionUID = f"{datasets.ROOT}89.7"
    reference = Dataset()
    reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = CTImageStorage, f"{datasets.ROOT}215.1"
    request.ReferencedSOPSequence = Sequence([reference])
    status, _ = association.send_n_action(request, 1, StorageCommitmentPushModel, StorageCommitmentPushModelInstance)
    done(status, "commitment")
    association.release()
    if not reported.wait(20):
        sys.exit("no report")
    threading.Event().wait(0.5)
    listener.shutdown()


def echo(a):
    ae = AE(ae_title=a.calling)
    ae.add_requested_context(Verification)
    more = {}
    if a.tls:
        security = ssl.create_default_context(cafile=a.tls)
        security.check_hostname = False
        more["tls_args"] = (security, None)
    association = associate(a, ae, **more)
    done(association.send_c_echo(), "echo")
    association.release()


parser = argparse.ArgumentParser()
actions = parser.add_subparsers(required=True)
for name, do in (("print", print_), ("store", store), ("commit", commit), ("echo", echo)):
    p = actions.add_parser(name)
    p.add_argument("host")
    p.add_argument("port", type=int)
    p.add_argument("called")
    p.add_argument("calling")
    p.add_argument("files", nargs="*")
    p.add_argument("--private")
    p.add_argument("--tls")
    p.set_defaults(do=do)
arguments = parser.parse_args()
arguments.do(arguments)
