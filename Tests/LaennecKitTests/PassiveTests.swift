import Foundation
import Testing

/// Nothing is ever sent: no code path could, and the program as it runs asks the system for no socket.
@Suite struct PassiveTests {
    /// What sends, or opens what could.
    private static let forbidden = [
        #"\b(sendto|sendmsg|sendmmsg|sendfile|send|write_packet|socket|socketpair|connect|connectx)\s*\("#,
        #"\b(pcap_inject|pcap_sendpacket|pcap_sendqueue_\w+|libnet_\w+|pcap_open|pcap_remoteact_\w+)\b"#,
        #"\b(URLSession|URLRequest|NSURLConnection|URLProtocol|CFSocket\w*|CFStream\w*|NWConnection|NWListener|SocketPort|getaddrinfo|gethostbyname|res_query)\b"#,
        #"\b(SOCK_RAW|SOCK_DGRAM|SOCK_STREAM|PF_PACKET)\b"#,
        #"\b(Process|posix_spawnp?|popen|fork|execv\w*|system)\s*\("#,
        #"^\s*(public |internal )?import (FoundationNetworking|Network|NIO\w*|AsyncHTTPClient)\b"#,
    ]

    @Test func noSourceSends() throws {
        let patterns = try Self.forbidden.map { try Regex($0).wordBoundaryKind(.simple) }
        let folders = try FileManager.default.contentsOfDirectory(atPath: Lab.root.appendingPathComponent("Sources").path).sorted()
        let files = try SwiftSource.files(folders, endings: [".swift", ".h", ".c", ".modulemap"])
        #expect(files.count > 60)
        for file in files {
            for (number, line) in file.lines.enumerated() {
                // The one program that is ever started: Chromium, where somebody asks for a PDF, on a page that can load nothing.
                if file.path == "Sources/laennec/ReportFile.swift", line.contains("let process = Process()") { continue }
                for pattern in patterns where line.contains(pattern) {
                    // The command's own standard output is a file descriptor, not a socket; nothing else may stand here.
                    Issue.record("\(file.path):\(number + 1): \(file.original[number].trimmingCharacters(in: .whitespaces))")
                }
            }
        }
    }

    /// What the lint looks for is what it finds.
    @Test func lintSees() throws {
        let patterns = try Self.forbidden.map { try Regex($0).wordBoundaryKind(.simple) }
        for code in ["sendto(fd, p, n, 0, a, l)", "x = socket(2, 3, 0)", "pcap_inject(h, b, n)", "let task = URLSession.shared", "import FoundationNetworking"] {
            #expect(patterns.contains { code.contains($0) }, "\(code)")
        }
        let source = SwiftSource(path: "", text: "// socket(1)\nlet a = \"connect(\" /* send( */ + b\n")
        #expect(source.lines.allSatisfy { line in !patterns.contains { line.contains($0) } })
        #expect(source.lines[1].hasPrefix("let a = \""))
    }

    /// The program's own system calls, while it reads captures, prints, and lists what it knows.
    @Test(.enabled(if: Strace.path != nil, "strace is not installed (apt-get install strace)"), arguments: [
        ["scan", "--json", "-", "CAPTURE"], ["scan", "--threads", "4", "CAPTURE"], ["signatures", "list"], ["--version"],
        ["scan", "--quiet", "--registers", "FOLDER/registers", "CAPTURE"], ["scan", "--quiet", "--inventory", "FOLDER/site.laennec", "CAPTURE"], ["rules", "list"], ["rules", "explain", "telnet-service"], ["site", "example"],
    ])
    func programOpensNoSocket(_ arguments: [String]) throws {
        let capture = try Lab.path("demo-hospital")
        try Lab.withFolder { folder in
            let trace = folder + "/trace"
            let command = ["-f", "-qq", "-e", "trace=network,execve", "-o", trace, Strace.binary] + arguments.map { $0 == "CAPTURE" ? capture : $0.replacing("FOLDER", with: folder) }
            let process = Foundation.Process()
            process.executableURL = URL(fileURLWithPath: try #require(Strace.path))
            process.arguments = command
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            #expect(process.terminationStatus == 0)
            let calls = try String(contentsOfFile: trace, encoding: .utf8).split(separator: "\n").filter { !$0.contains("+++") && !$0.contains("---") }
            // The start of the program shows that the trace works; nothing else is there.
            #expect(calls.filter { $0.contains("execve(") }.count == 1)
            let others = calls.filter { !$0.contains("execve(") }
            #expect(others == [], "\(arguments)")
        }
    }
}

enum Strace {
    /// strace, where it is installed, may trace here, and the program is built.
    static let path: String? = {
        guard let path = ["/usr/bin/strace", "/usr/local/bin/strace"].first(where: FileManager.default.isExecutableFile(atPath:)),
            FileManager.default.isExecutableFile(atPath: Self.binary)
        else { return nil }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = ["-qq", "-o", "/dev/null", "/bin/true"]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return nil }
        process.waitUntilExit()
        return process.terminationStatus == 0 ? path : nil
    }()

    /// The program beside the test bundle, or the one that `LAENNEC_BINARY` names.
    static let binary: String = {
        if let named = ProcessInfo.processInfo.environment["LAENNEC_BINARY"] { return named }
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        return URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent("laennec").path
    }()
}
