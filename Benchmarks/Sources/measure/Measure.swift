#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// `measure PROGRAM ARGUMENT…`: runs a program with its output thrown away and prints, as JSON, what it cost.
///
/// A program of its own, and without Foundation, because the kernel counts the memory of whoever starts a program as the
/// program's: a script's interpreter would hide everything smaller than itself.
@main
enum Measure {
    static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard let program = arguments.first else { Self.fail("usage: measure PROGRAM ARGUMENT...") }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
        words.append(nil)

        let start = Self.now()
        var child: pid_t = 0
        guard posix_spawnp(&child, program, &actions, nil, words, environ) == 0 else { Self.fail("cannot run \(program)") }
        var status: Int32 = 0
        var usage = rusage()
        while wait4(child, &status, 0, &usage) < 0, errno == EINTR {}
        let wall = Self.now() - start

        #if os(Linux)
            let peak = usage.ru_maxrss * 1024
        #else
            let peak = usage.ru_maxrss
        #endif
        let code = status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
        print(
            "{\"user\": \(Self.seconds(usage.ru_utime)), \"system\": \(Self.seconds(usage.ru_stime)), \"wall\": \(wall), \"peak\": \(peak), \"exit\": \(code)}"
        )
    }

    private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1_000_000 }

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1_000_000_000
    }

    private static func fail(_ message: String) -> Never {
        print(message)
        exit(64)
    }
}
