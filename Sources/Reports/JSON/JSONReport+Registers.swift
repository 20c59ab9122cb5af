import Inventory
import Observations
import Rules
import Wire

/// The registers as JSON: what the establishment declares, what is exposed, who maintains, who speaks with whom, what to cut, what
/// depends on what.
extension JSONReport {
    /// - Parameter carriesSource: whether the site file itself is written, for a result that is reported again.
    static func writeSite(_ site: Site, carriesSource: Bool = true, _ json: inout JSONWriter) {
        json.object { json in
            json.field("declared", site.isDeclared)
            json.field("name", site.name)
            json.field("finess_legal", site.legalFINESS)
            json.field("finess_geographic", site.geographicFINESS)
            json.field("group", site.group)
            json.field("time_zone", site.timeZone.name)
            json.field("internal_networks", site.networks.blocks.map(\.description))
            json.key("zones")
            json.array(site.zones) { json, zone in
                json.object { json in
                    json.field("name", zone.name)
                    json.field("kind", zone.kind.rawValue)
                    json.field("networks", zone.networks.map(\.description))
                    json.field("care_units", zone.careUnits)
                }
            }
            json.field("gateways", site.gateways.map(\.name))
            json.field("vendors", site.vendors.map(\.name))
            json.key("session_limit_seconds")
            if let limit = site.sessionLimit { json.number(limit) } else { json.null() }
            json.field("flow_matrix", site.matrix != nil)
            json.field("perimeter", site.perimeter != nil)
            json.field("open_questions", site.openQuestions.map(\.rawValue))
            guard carriesSource else { return }
            json.key("source")
            if let source = site.source {
                json.object { json in
                    json.field("name", source.name)
                    json.field("text", source.text)
                    json.field("matrix_name", source.matrixName)
                    json.field("matrix", source.matrix)
                }
            } else {
                json.null()
            }
        }
    }

    static func writeExposure(_ register: ExposureRegister, _ json: inout JSONWriter) {
        json.array(register.entries) { json, entry in Self.write(entry, &json) }
    }

    static func write(_ entry: ExposureRegister.Entry, _ json: inout JSONWriter) {
        json.object { json in
            json.field("direction", entry.direction.rawValue)
            json.field("asset", entry.asset)
            Self.write(entry.service, &json)
            json.field("protocols", entry.protocols.map(\.rawValue))
            Self.write(entry.access, &json)
            json.key("peers")
            json.array(entry.peers) { json, peer in
                json.object { json in
                    json.field("asset", peer.asset)
                    json.field("address", peer.address.description)
                    Self.write(peer.place, &json)
                }
            }
            json.field("peer_count", entry.peerCount)
            json.field("names", entry.names)
            json.field("connections", entry.connections)
            json.field("bytes_out", entry.bytesOut)
            json.field("bytes_in", entry.bytesIn)
            json.field("first_seen", entry.firstSeen.description)
            json.field("last_seen", entry.lastSeen.description)
            json.field("encrypted", entry.isEncrypted)
            json.field("declared", entry.isDeclared)
            json.field("vendor", entry.vendor)
            json.key("evidence")
            Self.write(entry.evidence, &json)
        }
    }

    static func writeMaintenance(_ register: MaintenanceRegister, _ json: inout JSONWriter) {
        json.object { json in
            json.key("entries")
            json.array(register.entries) { json, entry in Self.write(entry, &json) }
            json.key("calendar")
            json.array(register.calendar) { json, day in json.array(day) { json, hour in json.number(hour) } }
        }
    }

    static func write(_ entry: MaintenanceRegister.Entry, _ json: inout JSONWriter) {
        let way = entry.maintenance
        json.object { json in
            json.field("who", way.who)
            Self.write(way.access, &json)
            json.field("vendor", way.vendor?.name)
            json.field("contract", way.vendor?.contract)
            json.field("direction", way.direction.rawValue)
            json.field("device", way.device)
            json.field("remote", way.remote)
            json.field("remote_address", entry.remoteAddress.description)
            Self.write(entry.place, &json)
            json.field("names", entry.names)
            Self.write(way.conversation.key.service, &json)
            json.field("protocols", way.conversation.protocols.map(\.rawValue))
            json.field("gateway", way.gateway?.name)
            json.field("past_gateway", way.isPastGateway)
            json.field("encrypted", entry.isEncrypted)
            json.field("authentication", entry.authentication)
            json.field("connections", way.conversation.tally.answered)
            json.key("interventions")
            json.array(way.interventions) { json, intervention in
                json.object { json in
                    json.field("start", intervention.first.time.description)
                    json.field("end", intervention.lastSeen.description)
                    json.field("connections", intervention.connections)
                    json.field("bytes_from_client", intervention.bytesFromClient)
                    json.field("bytes_from_server", intervention.bytesFromServer)
                    json.field("announced", intervention.isAnnounced)
                    json.field("too_long", intervention.isTooLong)
                    json.key("evidence")
                    Self.write(intervention.first, &json)
                }
            }
        }
    }

    static func writeMatrix(_ matrix: FlowMatrix, _ json: inout JSONWriter) {
        json.object { json in
            json.field("declared", matrix.isDeclared)
            json.key("observed")
            json.array(matrix.rows) { json, row in Self.write(row, &json) }
            json.key("declared_never_seen")
            json.array(matrix.unseen) { json, flow in Self.write(flow, &json) }
        }
    }

    static func write(_ row: FlowMatrix.Row, _ json: inout JSONWriter) {
        json.object { json in
            json.field("from", row.from)
            json.field("to", row.to)
            json.field("application", row.application)
            json.field("transport", row.transport.name)
            json.key("ports")
            json.array(row.ports) { json, port in json.number(port) }
            json.field("clients", row.clients)
            json.field("servers", row.servers)
            json.field("conversations", row.conversations)
            json.field("bytes", row.bytes)
            json.field("encrypted", row.isEncrypted)
            json.field("first_seen", row.firstSeen.description)
            json.field("last_seen", row.lastSeen.description)
            json.field("declared_by", row.declaredBy)
            json.key("undeclared")
            if let undeclared = row.undeclared { json.number(undeclared) } else { json.null() }
            json.key("evidence")
            Self.write(row.evidence, &json)
        }
    }

    static func write(_ flow: DeclaredFlow, _ json: inout JSONWriter) {
        json.object { json in
            json.field("id", flow.id)
            json.field("purpose", flow.purpose)
            json.field("from", flow.from.description)
            json.field("to", flow.to.description)
            json.field("service", flow.service)
        }
    }

    static func writeCutOff(_ sheet: CutOffSheet, _ json: inout JSONWriter) {
        json.object { json in
            json.key("cuts")
            json.array(sheet.cuts) { json, cut in Self.write(cut, &json) }
            json.key("kept")
            json.array(sheet.kept) { json, cut in Self.write(cut, &json) }
        }
    }

    static func write(_ cut: CutOffSheet.Cut, _ json: inout JSONWriter) {
        json.object { json in
            json.field("step", cut.step.rawValue)
            json.field("what", cut.what)
            json.field("sources", cut.sources)
            json.field("destinations", cut.destinations)
            json.field("transport", cut.transport.name)
            json.key("ports")
            json.array(cut.ports) { json, port in json.number(port) }
            json.field("assets", cut.assets)
            json.field("care_units", cut.careUnits)
            json.field("contract", cut.vendor?.contract)
            json.field("contact", cut.vendor?.contact)
            json.key("evidence")
            Self.write(cut.evidence, &json)
        }
    }

    static func writeDependencies(_ map: DependencyMap, _ json: inout JSONWriter) {
        json.array(map.platforms) { json, platform in Self.write(platform, &json) }
    }

    static func write(_ platform: DependencyMap.Platform, _ json: inout JSONWriter) {
        json.object { json in
            json.field("platform", platform.kind.rawValue)
            json.field("members", platform.members)
            json.key("dependencies")
            json.array(platform.dependencies) { json, dependency in
                json.object { json in
                    json.field("step", dependency.step)
                    json.field("server", dependency.server)
                    json.field("roles", dependency.roles.map(\.rawValue))
                    json.field("protocols", dependency.protocols.map(\.rawValue))
                    json.field("users", dependency.users)
                    json.field("external", dependency.isExternal)
                    json.key("evidence")
                    Self.write(dependency.evidence, &json)
                }
            }
        }
    }

    private static func write(_ access: RemoteAccess?, _ json: inout JSONWriter) {
        json.key("access")
        guard let access else { return json.null() }
        json.object { json in
            json.field("kind", access.kind.rawValue)
            json.field("tool", access.tool)
        }
    }

    static func write(_ place: Place?, _ json: inout JSONWriter) {
        json.field("country", place?.country)
        json.key("as_number")
        if let number = place?.systemNumber { json.number(number) } else { json.null() }
        json.field("as_name", place?.systemName)
    }
}
