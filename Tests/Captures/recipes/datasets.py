"""Invented DICOM objects: a device that says who it is, and a patient who must never come out."""
import random
import warnings

from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import (CTImageStorage, ComputedRadiographyImageStorage, DeflatedExplicitVRLittleEndian,
                         DigitalXRayImageStorageForPresentation, ExplicitVRBigEndian, ExplicitVRLittleEndian,
                         ImplicitVRLittleEndian, JPEGBaseline8Bit, MRImageStorage, RLELossless,
                         UltrasoundImageStorage, XRayAngiographicImageStorage)

warnings.filterwarnings("ignore")

INSTITUTION = "CH de Sainte-Auscultation"
ROOT = "1.2.826.0.1.3680043.10.1819."   # invented arc under a public root for small users

# What a patient's object carries that must never appear anywhere: each string is unmistakable.
PATIENT = {
    "PatientName": "ZZCANARYDUPONT^MARGUERITE",
    "PatientID": "CANARY-IPP-774411",
    "OtherPatientIDs": "2840575CANARY88",
    "PatientBirthDate": "18190213",
    "PatientAddress": "17 RUE CANARYBOULEVARD",
    "PatientTelephoneNumbers": "CANARY0145678901",
    "AccessionNumber": "CANARYACC5521",
    "ReferringPhysicianName": "ZZCANARYMEDECIN^PAUL",
    "OperatorsName": "ZZCANARYMANIP^LEA",
    "StudyDescription": "CANARYSTUDY PELVIS",
    "PatientComments": "CANARYCOMMENT ALLERGIE IODE",
}
STUDY = ROOT + "9.1"      # a Study Instance UID leads to the patient as surely as a number
CANARIES = [*PATIENT.values(), STUDY]

DEVICES = {
    "ct": dict(sop=CTImageStorage, Modality="CT", Manufacturer="SIEMENS", ManufacturerModelName="SOMATOM Definition AS",
               DeviceSerialNumber="LNC66021", StationName="CTAWP66021", SoftwareVersions="syngo CT VA48A"),
    "mr": dict(sop=MRImageStorage, Modality="MR", Manufacturer="GE MEDICAL SYSTEMS", ManufacturerModelName="SIGNA Artist",
               DeviceSerialNumber="LNC000431MR", StationName="IRM02", SoftwareVersions=["29", "LX", "MR Software release:MR29.1"]),
    "us": dict(sop=UltrasoundImageStorage, Modality="US", Manufacturer="SonoSite, Inc.", ManufacturerModelName="X-Porte",
               DeviceSerialNumber="LNCUS7734", StationName="ECHO-URG-1", SoftwareVersions="50.80.131.018"),
    "cr": dict(sop=ComputedRadiographyImageStorage, Modality="CR", Manufacturer="FUJIFILM Corporation",
               ManufacturerModelName="5501ES", DeviceSerialNumber="LNCCR56201", StationName="CR-CONSOLE-3", SoftwareVersions="A18-04"),
    "dx": dict(sop=DigitalXRayImageStorageForPresentation, Modality="DX", Manufacturer="Carestream Health",
               ManufacturerModelName="DRX-Revolution", DeviceSerialNumber="LNC9032", StationName="DRXREV01", SoftwareVersions="5.7.412.7005"),
    "xa": dict(sop=XRayAngiographicImageStorage, Modality="XA", Manufacturer="Philips Medical Systems",
               ManufacturerModelName="AlluraXper", DeviceSerialNumber="LNC722010", StationName="CORO-1", SoftwareVersions="8.2.1"),
}
DEVICE_FIELDS = ("Manufacturer", "ManufacturerModelName", "DeviceSerialNumber", "StationName", "SoftwareVersions")
SYNTAXES = {"implicit": ImplicitVRLittleEndian, "explicit": ExplicitVRLittleEndian, "big": ExplicitVRBigEndian,
            "deflated": DeflatedExplicitVRLittleEndian, "rle": RLELossless, "jpeg": JPEGBaseline8Bit}


def image(kind, number=1, syntax="explicit", size=48, undefined_lengths=False, patient=PATIENT, version=None):
    """One small image of one device (with other software, if a version is given) and one patient."""
    device = {**DEVICES[kind], "SoftwareVersions": version or DEVICES[kind]["SoftwareVersions"]}
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = device["sop"]
    meta.MediaStorageSOPInstanceUID = f"{ROOT}{sum(map(ord, kind))}.{number}"
    meta.TransferSyntaxUID = SYNTAXES["explicit" if syntax in ("rle", "jpeg") else syntax]
    ds = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128, is_implicit_VR=syntax == "implicit",
                     is_little_endian=syntax != "big")
    ds.SOPClassUID, ds.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    ds.SpecificCharacterSet = "ISO_IR 100"
    ds.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    ds.StudyDate = ds.SeriesDate = ds.ContentDate = "20260316"
    ds.StudyTime = ds.SeriesTime = ds.ContentTime = "101500"
    ds.Modality, ds.InstitutionName, ds.InstitutionalDepartmentName = device["Modality"], INSTITUTION, "Imagerie"
    for field in DEVICE_FIELDS:
        setattr(ds, field, device[field])
    ds.BodyPartExamined = "PELVIS"
    for field, value in patient.items():
        setattr(ds, field, value)
    ds.PatientSex = "F"
    if undefined_lengths:
        # The Manufacturer of another device, inside a sequence: not the sender's.
        other = Dataset()
        other.PatientID = "CANARY-IPP-ANCIEN-09"
        other.IssuerOfPatientID = "CANARYISSUER"
        ds.OtherPatientIDsSequence = Sequence([other])
        contributing = Dataset()
        contributing.Manufacturer, contributing.ManufacturerModelName = "ACME Anonymiser", "Scrubber 9"
        contributing.ContributionDescription = "CANARYCONTRIBUTION"
        ds.ContributingEquipmentSequence = Sequence([contributing])
        for tag in ("OtherPatientIDsSequence", "ContributingEquipmentSequence"):
            ds[tag].is_undefined_length = True
            for item in ds[tag].value:
                item.is_undefined_length_sequence_item = True
        block = ds.private_block(0x0009, "LAENNEC TEST 1.0", create=True)
        block.add_new(0x01, "LO", "CANARYPRIVATE NOTE")
    ds.StudyInstanceUID, ds.SeriesInstanceUID = STUDY, f"{STUDY}.{sum(map(ord, kind))}"
    ds.StudyID, ds.SeriesNumber, ds.InstanceNumber = "1", 1, number
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.Rows = ds.Columns = size
    eight = syntax in ("jpeg",) or kind == "us"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = (8, 8, 7, 0) if eight else (16, 12, 11, 0)
    source = random.Random(number)
    if eight:
        ds.PixelData = bytes((x * y // 9 + source.randrange(8)) & 0xFF for y in range(size) for x in range(size))
    else:
        ds.PixelData = b"".join(((x * y + source.randrange(64)) & 0xFFF).to_bytes(2, "big" if syntax == "big" else "little")
                                for y in range(size) for x in range(size))
    ds["PixelData"].VR = "OB" if eight else "OW"
    if syntax == "rle":
        ds.compress(RLELossless)
    return ds


def save(ds, path):
    ds.save_as(path, enforce_file_format=True)
    return str(path)


def worklist_item(patient=PATIENT, station="CT1", modality="CT"):
    ds = Dataset()
    ds.SpecificCharacterSet = "ISO_IR 100"
    for field in ("AccessionNumber", "PatientName", "PatientID", "PatientBirthDate", "ReferringPhysicianName"):
        setattr(ds, field, patient[field])
    ds.PatientSex = "F"
    ds.StudyInstanceUID = STUDY
    ds.RequestedProcedureDescription = "CANARYPROCEDURE TDM PELVIS"
    ds.RequestedProcedureID = "RP7781"
    step = Dataset()
    step.Modality, step.ScheduledStationAETitle = modality, station
    step.ScheduledProcedureStepStartDate, step.ScheduledProcedureStepStartTime = "20261121", "090000"
    step.ScheduledPerformingPhysicianName = "ZZCANARYMEDECIN^PAUL"
    step.ScheduledProcedureStepDescription, step.ScheduledProcedureStepID = "TDM", "SPS7781"
    ds.ScheduledProcedureStepSequence = Sequence([step])
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = "1.2.840.10008.5.1.4.31", f"{ROOT}77.1"
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    out = FileDataset(None, ds, file_meta=meta, preamble=b"\0" * 128)
    return out


def device_facts(kind, version=None):
    """The truth about a device, in the words of expected.json."""
    d = DEVICES[kind]
    version = version or d["SoftwareVersions"]
    return {"class": f"imaging modality {d['Modality']}", "maker": d["Manufacturer"], "model": d["ManufacturerModelName"],
            "serial": d["DeviceSerialNumber"], "station_name": d["StationName"],
            "version": "\\".join(version) if isinstance(version, list) else version}
