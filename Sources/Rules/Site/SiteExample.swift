/// A site file to begin with.
public enum SiteExample {
    public static func text(_ language: Language) -> String { language == .french ? self.french : self.english }

    private static let french = """
        # Fichier de site de Laennec : ce que l'établissement dit de lui-même.
        # Vérifier : laennec site check site.yml        Employer : laennec scan --site site.yml capture.pcap
        # Tout est facultatif. Une section absente se tait : rien n'est alors dit « non déclaré » à son sujet.
        # Les clés peuvent aussi être écrites en anglais (laennec site example --language en).

        etablissement:
          nom: Centre hospitalier d'exemple
          finess-ej: "750000001"        # entité juridique
          finess-eg: "750000002"        # établissement géographique
          ght: GHT d'exemple
          fuseau-horaire: Europe/Paris  # ou Indian/Reunion, America/Martinique …

        # Adresses publiques employées à l'intérieur. Les adresses privées (RFC 1918, ULA) sont toujours internes.
        reseaux-internes: [198.51.100.0/24]

        # La première zone qui contient une adresse est la sienne. Types : imagerie, laboratoire, reanimation, bloc, pharmacie,
        # soins, gtb, bureautique, administration, serveurs, sauvegarde, dmz, wifi, invites, telephonie, telemaintenance,
        # inter-sites, autre.
        zones:
          - nom: Imagerie
            type: imagerie
            reseaux: [10.10.0.0/16]
            unites-de-soins: [Scanner, IRM, Radiologie conventionnelle]
          - nom: Laboratoire
            type: laboratoire
            reseaux: [10.20.0.0/16]
            unites-de-soins: [Biochimie, Hématologie]
          - nom: GTB
            type: gtb
            reseaux: [10.80.0.0/16]
          - nom: Sauvegarde
            type: sauvegarde
            reseaux: [10.90.0.0/24]
          - nom: DMZ
            type: dmz
            reseaux: [198.51.100.0/24]

        # Par où la télémaintenance doit passer.
        passerelles:
          - nom: Bastion
            adresses: [10.99.0.10]

        # Qui maintient quoi à distance, d'où et quand (clause O-12.2.5.3 du Clausier Sécurité Santé).
        mainteneurs:
          - nom: Mainteneur du scanner
            adresses-publiques: [203.0.113.0/28]
            domaines: [maintenance.exemple.test]
            dispositifs: [10.10.1.5]
            contrat: "2026-IMG-014"
            contact: "01 23 45 67 89"
            plages:
              - {jours: [lun-ven], de: "08:00", a: "18:00"}
              - {de: "2026-05-02 20:00", a: "2026-05-03 02:00"}   # intervention annoncée

        # Une session de télémaintenance plus longue est un constat.
        duree-maximale: 4h

        # Fichier CSV (colonnes : identifiant, description, émetteur, récepteur, protocole, port, chiffrement), ou les lignes mêmes.
        # Un émetteur ou récepteur est une adresse, un bloc, une zone, un mainteneur, une passerelle, Internet ou *.
        matrice-des-flux:
          - {identifiant: F1, description: Images vers le PACS, émetteur: Imagerie, récepteur: 10.30.0.5, protocole: DICOM, port: 104}
          - {identifiant: F2, description: Résultats, émetteur: Laboratoire, récepteur: 10.30.0.8, protocole: HL7}

        # Ce qui doit être joignable depuis Internet, tel que déclaré à SILENE ou au CERT Santé.
        perimetre-declare:
          - nom: Portail patient
            adresses: [198.51.100.20]
            services: [443/tcp]

        # Risques acceptés : le constat reste au rapport, avec son motif, et ne compte plus pour --fail-on jusqu'à l'échéance.
        risques-acceptes:
          - regle: cleartext-login-telnet
            cibles: [10.20.5.7]
            motif: Automate remplacé en 2027, isolé entre-temps
            responsable: Ingénieur biomédical
            echeance: 2026-12-31

        """

    private static let english = """
        # Laennec's site file: what the establishment says of itself.
        # Check it: laennec site check site.yml        Use it: laennec scan --site site.yml capture.pcap
        # Everything is optional. A missing section is silent: nothing is then called undeclared on its account.
        # The keys can be written in French, too (laennec site example --language fr).

        establishment:
          name: Example hospital
          finess-legal: "750000001"
          finess-geographic: "750000002"
          group: Example hospital group
          time-zone: Europe/Paris

        # Public addresses that are used inside. Private addresses (RFC 1918, ULA) are always inside.
        internal-networks: [198.51.100.0/24]

        # The first zone that holds an address is the address's. Kinds: imaging, laboratory, intensive-care, theatre, pharmacy,
        # care-unit, building, office, administration, servers, backup, dmz, wifi, guests, voice, remote-maintenance, inter-site, other.
        zones:
          - name: Imaging
            kind: imaging
            networks: [10.10.0.0/16]
            care-units: [CT, MRI, X-ray]
          - name: Laboratory
            kind: laboratory
            networks: [10.20.0.0/16]
            care-units: [Chemistry, Haematology]
          - name: Building
            kind: building
            networks: [10.80.0.0/16]
          - name: Backup
            kind: backup
            networks: [10.90.0.0/24]
          - name: DMZ
            kind: dmz
            networks: [198.51.100.0/24]

        # Where remote maintenance has to pass.
        gateways:
          - name: Bastion
            addresses: [10.99.0.10]

        # Who maintains what from afar, from where and when.
        vendors:
          - name: CT maintainer
            public-addresses: [203.0.113.0/28]
            domains: [maintenance.example.test]
            devices: [10.10.1.5]
            contract: "2026-IMG-014"
            contact: "+33 1 23 45 67 89"
            windows:
              - {days: [mon-fri], from: "08:00", until: "18:00"}
              - {from: "2026-05-02 20:00", until: "2026-05-03 02:00"}   # an announced intervention

        # A longer session of remote maintenance is a finding.
        session-limit: 4h

        # A CSV file (columns: identifier, description, sender, receiver, protocol, port, encryption), or the rows themselves.
        # A sender or receiver is an address, a block, a zone, a vendor, a gateway, Internet or *.
        flow-matrix:
          - {identifier: F1, description: Images to the PACS, sender: Imaging, receiver: 10.30.0.5, protocol: DICOM, port: 104}
          - {identifier: F2, description: Results, sender: Laboratory, receiver: 10.30.0.8, protocol: HL7}

        # What is meant to be reachable from the Internet, as declared to those who audit it from outside.
        declared-perimeter:
          - name: Patient portal
            addresses: [198.51.100.20]
            services: [443/tcp]

        # Accepted risks: the finding stays in the report, with its reason, and does not count for --fail-on until it expires.
        accepted-risks:
          - rule: cleartext-login-telnet
            targets: [10.20.5.7]
            reason: Analyser to be replaced in 2027, isolated meanwhile
            owner: Clinical engineer
            expires: 2026-12-31

        """
}
