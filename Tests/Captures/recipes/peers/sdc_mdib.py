"""The MDIB of an invented ventilator (IEEE 11073-10207) and the patient who is in it."""

CANARIES = ["ZZCANARYDUPONT", "MARGUERITE-CANARY", "CANARY-IPP-774411", "2840575CANARY88", "1984-05-18", "CANARYVISIT5521",
            "ZZCANARYMEDECIN", "CANARYALARM noradrenaline", "CANARYNOTE dosage", "CANARYORDER882"]

SPECIFICATION = """<pm:ProductionSpecification><pm:SpecType Code="{0}"/><pm:ProductionSpec>{1}</pm:ProductionSpec></pm:ProductionSpecification>"""


def specifications(serial, part, hardware, software, firmware):
    # MDC_ID_PROD_SPEC_SERIAL, _PART, _HW, _SW, _FW; the first without a meaning of its own.
    values = [("531971", "CANARYORDER882"), ("531972", serial), ("531973", part), ("531974", hardware), ("531975", software), ("531976", firmware)]
    return "".join(SPECIFICATION.format(*v) for v in values)


def mdib(manufacturer, name, number, serial, udi, code):
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<msg:GetMdibResponse xmlns:ext="http://standards.ieee.org/downloads/11073/11073-10207-2017/extension"
 xmlns:msg="http://standards.ieee.org/downloads/11073/11073-10207-2017/message"
 xmlns:pm="http://standards.ieee.org/downloads/11073/11073-10207-2017/participant"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" SequenceId="urn:uuid:6d3b7c1e-0000-4000-8000-000000000001">
<msg:Mdib SequenceId="urn:uuid:6d3b7c1e-0000-4000-8000-000000000001">
<pm:MdDescription>
 <pm:Mds Handle="mds0" SafetyClassification="MedB">
  <pm:Type Code="{code}"><pm:ConceptDescription Lang="en-US">CANARYNOTE dosage</pm:ConceptDescription></pm:Type>
  {specifications(serial, "8417080-LNC", "HW 3.1", "SW 02.54", "FW 7.0.2")}
  <pm:AlertSystem Handle="asy.mds0" SafetyClassification="MedA" SelfCheckPeriod="PT5S">
   <pm:AlertCondition Handle="ac0.mds0" xsi:type="pm:AlertConditionDescriptor" SafetyClassification="MedA" Kind="Phy" Priority="Me">
    <pm:Type Code="262108"><pm:ConceptDescription Lang="en-US">CANARYALARM noradrenaline</pm:ConceptDescription></pm:Type>
    <pm:Source>mds0</pm:Source>
   </pm:AlertCondition>
  </pm:AlertSystem>
  <pm:MetaData>
   <pm:Udi><pm:DeviceIdentifier>{udi}</pm:DeviceIdentifier><pm:HumanReadableForm>(01){udi}(21){serial}</pm:HumanReadableForm>
    <pm:Issuer Root="urn:oid:2.51.1.1"/></pm:Udi>
   <pm:LotNumber>LOT77A</pm:LotNumber>
   <pm:Manufacturer Lang="en-US">{manufacturer}</pm:Manufacturer>
   <pm:ManufactureDate>2019-03-02T00:00:00</pm:ManufactureDate>
   <pm:ModelName Lang="en-US">{name}</pm:ModelName>
   <pm:ModelNumber>{number}</pm:ModelNumber>
   <pm:SerialNumber>{serial}</pm:SerialNumber>
  </pm:MetaData>
  <pm:SystemContext Handle="SC.mds0"><pm:PatientContext Handle="PC.mds0"/><pm:LocationContext Handle="LC.mds0"/>
   <pm:OperatorContext Handle="OC.mds0"/></pm:SystemContext>
  <pm:Clock Handle="CL.mds0"/>
  <pm:Vmd Handle="vmd0" SafetyClassification="MedA">
   <pm:Type Code="130536"/>
   {specifications("VMD-SERIAL-9001", "VMD-PART", "VMD-HW", "VMD-SW", "VMD-FW")}
   <pm:Channel Handle="ch0.vmd0" SafetyClassification="MedA">
    <pm:Type Code="130637"/>
    <pm:Metric Handle="n0" SafetyClassification="MedA" xsi:type="pm:NumericMetricDescriptor" MetricCategory="Msrmt" MetricAvailability="Intr" Resolution="0.1">
     <pm:Type Code="151562"/><pm:Unit Code="264928"/>
    </pm:Metric>
   </pm:Channel>
  </pm:Vmd>
 </pm:Mds>
</pm:MdDescription>
<pm:MdState>
 <pm:State xsi:type="pm:MdsState" DescriptorHandle="mds0"/>
 <pm:State xsi:type="pm:AlertSystemState" DescriptorHandle="asy.mds0" ActivationState="On"/>
 <pm:State xsi:type="pm:AlertConditionState" DescriptorHandle="ac0.mds0" ActivationState="On" Presence="true"/>
 <pm:State xsi:type="pm:SystemContextState" DescriptorHandle="SC.mds0"/>
 <pm:State xsi:type="pm:ClockState" DescriptorHandle="CL.mds0" RemoteSync="false"/>
 <pm:State xsi:type="pm:VmdState" DescriptorHandle="vmd0"/>
 <pm:State xsi:type="pm:ChannelState" DescriptorHandle="ch0.vmd0"/>
 <pm:State xsi:type="pm:NumericMetricState" DescriptorHandle="n0"/>
 <pm:State xsi:type="pm:PatientContextState" DescriptorHandle="PC.mds0" Handle="pc-state" ContextAssociation="Assoc" BindingMdibVersion="0">
  <pm:Validator Root="urn:oid:1.2.250.1.71.4.2.1" Extension="ZZCANARYMEDECIN"/>
  <pm:Identification Root="urn:oid:1.2.250.1.213.1.4.8" Extension="2840575CANARY88"/>
  <pm:Identification Root="urn:oid:1.2.250.1.999" Extension="CANARY-IPP-774411"/>
  <pm:CoreData><pm:Givenname>MARGUERITE-CANARY</pm:Givenname><pm:Familyname>ZZCANARYDUPONT</pm:Familyname><pm:Sex>F</pm:Sex>
   <pm:DateOfBirth>1984-05-18</pm:DateOfBirth></pm:CoreData>
 </pm:State>
 <pm:State xsi:type="pm:OperatorContextState" DescriptorHandle="OC.mds0" Handle="oc-state" ContextAssociation="Assoc" BindingMdibVersion="0">
  <pm:Identification Root="urn:oid:1.2.250.1.71.4.2.1" Extension="ZZCANARYMEDECIN"/>
  <pm:OperatorDetails><pm:Familyname>ZZCANARYMEDECIN</pm:Familyname></pm:OperatorDetails>
 </pm:State>
</pm:MdState>
</msg:Mdib>
</msg:GetMdibResponse>
"""
