import Foundation
import PackagePlugin

/// Turns `Signatures/` into one Swift file of string literals when the package is built: checked then, so that the program
/// starts without reading YAML, and so that a mistake in a signature stops the build with its file and line.
@main
struct EmbedSignatures: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let folder = context.package.directoryURL.appending(path: "Signatures")
        let output = context.pluginWorkDirectoryURL.appending(path: "EmbeddedSignatures.swift")
        return [
            .buildCommand(
                displayName: "Embedding Signatures",
                executable: try context.tool(named: "signature-compiler").url,
                arguments: [folder.path(percentEncoded: false), output.path(percentEncoded: false)],
                inputFiles: Self.inputs(below: folder),
                outputFiles: [output])
        ]
    }

    /// The files, and the folders: a folder's date changes when a file is added or removed.
    private static func inputs(below folder: URL) -> [URL] {
        let names = (try? FileManager.default.subpathsOfDirectory(atPath: folder.path(percentEncoded: false))) ?? []
        let files = names.filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".tsv") }
        let folders = Set(files.map { ($0 as NSString).deletingLastPathComponent })
        return (files + folders).sorted().map { folder.appending(path: $0) }
    }
}
