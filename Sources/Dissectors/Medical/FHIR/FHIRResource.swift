import Wire

/// A kind of resource of HL7 FHIR, by its name in DSTU2, STU3, R4, R4B or R5 (hl7.org/fhir, "Resource Index"). The list is closed: of
/// the path of a request nothing but such a name is ever kept.
struct FHIRResource: Hashable, Sendable {
    /// The place of the name in ``names``.
    private let index: UInt8

    var name: String { Self.names[Int(self.index)] }

    /// The kind that a part of a path names.
    init?(_ part: RawSpan) {
        // Names begin like `Patient`: most parts of paths do not.
        guard part.byteCount >= 4, part.byteCount <= 40, let first = part.u8(at: 0), first >= 0x41, first <= 0x5A,
            let second = part.u8(at: 1), second >= 0x61, second <= 0x7A
        else { return nil }
        var low = 0
        var high = Self.names.count
        while low < high {
            let middle = (low &+ high) / 2
            switch Self.compare(part, Self.names[middle]) {
            case 0:
                self.index = UInt8(truncatingIfNeeded: middle)
                return
            case ..<0: high = middle
            default: low = middle &+ 1
            }
        }
        return nil
    }

    /// Less than, equal to or more than 0 as the bytes stand before, are or stand behind the name.
    private static func compare(_ bytes: RawSpan, _ name: String) -> Int {
        var offset = 0
        for expected in name.utf8 {
            guard let byte = bytes.u8(at: offset) else { return -1 }
            if byte != expected { return byte < expected ? -1 : 1 }
            offset &+= 1
        }
        return offset < bytes.byteCount ? 1 : 0
    }

    /// In the order of their bytes.
    static let names: [String] = """
        Account ActivityDefinition ActorDefinition AdministrableProductDefinition AdverseEvent AllergyIntolerance Appointment AppointmentResponse
        ArtifactAssessment AuditEvent Basic Binary BiologicallyDerivedProduct BiologicallyDerivedProductDispense BodySite BodyStructure Bundle
        CapabilityStatement CarePlan CareTeam CatalogEntry ChargeItem ChargeItemDefinition Citation Claim ClaimResponse ClinicalImpression
        ClinicalUseDefinition CodeSystem Communication CommunicationRequest CompartmentDefinition Composition ConceptMap Condition ConditionDefinition
        Conformance Consent Contract Coverage CoverageEligibilityRequest CoverageEligibilityResponse DataElement DetectedIssue Device DeviceAssociation
        DeviceComponent DeviceDefinition DeviceDispense DeviceMetric DeviceRequest DeviceUsage DeviceUseRequest DeviceUseStatement DiagnosticOrder
        DiagnosticReport DocumentManifest DocumentReference EffectEvidenceSynthesis EligibilityRequest EligibilityResponse Encounter EncounterHistory Endpoint
        EnrollmentRequest EnrollmentResponse EpisodeOfCare EventDefinition Evidence EvidenceReport EvidenceVariable ExampleScenario ExpansionProfile
        ExplanationOfBenefit FamilyMemberHistory Flag FormularyItem GenomicStudy Goal GraphDefinition Group GuidanceResponse HealthcareService ImagingManifest
        ImagingObjectSelection ImagingSelection ImagingStudy Immunization ImmunizationEvaluation ImmunizationRecommendation ImplementationGuide Ingredient
        InsurancePlan InventoryItem InventoryReport Invoice Library Linkage List Location ManufacturedItemDefinition Measure MeasureReport Media Medication
        MedicationAdministration MedicationDispense MedicationKnowledge MedicationOrder MedicationRequest MedicationStatement MedicinalProduct
        MedicinalProductAuthorization MedicinalProductContraindication MedicinalProductDefinition MedicinalProductIndication MedicinalProductIngredient
        MedicinalProductInteraction MedicinalProductManufactured MedicinalProductPackaged MedicinalProductPharmaceutical MedicinalProductUndesirableEffect
        MessageDefinition MessageHeader MolecularSequence NamingSystem NutritionIntake NutritionOrder NutritionProduct Observation ObservationDefinition
        OperationDefinition OperationOutcome Order OrderResponse Organization OrganizationAffiliation PackagedProductDefinition Parameters Patient
        PaymentNotice PaymentReconciliation Permission Person PlanDefinition Practitioner PractitionerRole Procedure ProcedureRequest ProcessRequest
        ProcessResponse Provenance Questionnaire QuestionnaireResponse ReferralRequest RegulatedAuthorization RelatedPerson RequestGroup RequestOrchestration
        Requirements ResearchDefinition ResearchElementDefinition ResearchStudy ResearchSubject RiskAssessment RiskEvidenceSynthesis Schedule SearchParameter
        Sequence ServiceDefinition ServiceRequest Slot Specimen SpecimenDefinition StructureDefinition StructureMap Subscription SubscriptionStatus
        SubscriptionTopic Substance SubstanceDefinition SubstanceNucleicAcid SubstancePolymer SubstanceProtein SubstanceReferenceInformation
        SubstanceSourceMaterial SubstanceSpecification SupplyDelivery SupplyRequest Task TerminologyCapabilities TestPlan TestReport TestScript Transport
        ValueSet VerificationResult VisionPrescription
        """.split { $0 == " " || $0 == "\n" }.map(String.init)
}
