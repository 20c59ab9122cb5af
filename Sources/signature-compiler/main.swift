import Foundation
import Rules

// signature-compiler FOLDER OUTPUT: checks a folder of signatures and writes it as Swift source.
guard CommandLine.arguments.count == 3 else {
    FileHandle.standardError.write(Data("usage: signature-compiler FOLDER OUTPUT\n".utf8))
    exit(64)
}
do {
    let source = try SignatureBundle.source(directory: CommandLine.arguments[1])
    try Data(source.utf8).write(to: URL(filePath: CommandLine.arguments[2]))
} catch let failure as SignatureFailure {
    // "path:line: error: message" is what build tools and editors understand.
    for problem in failure.problems.prefix(100) {
        let place = "\(CommandLine.arguments[1])/\(problem.file):\(max(problem.line, 1))"
        FileHandle.standardError.write(Data("\(place): error: \(problem.message)\n".utf8))
    }
    exit(1)
} catch {
    FileHandle.standardError.write(Data("error: \(error)\n".utf8))
    exit(1)
}
