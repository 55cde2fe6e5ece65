# Completion of austinp for fish. In ~/.config/fish/config.fish: austinp --completion fish | source

# The words from the command on, if there is one before the cursor.
function __austinp_command
    set -l words (commandline -opc)
    set -e words[1]
    while set -q words[1]
        switch $words[1]
            case --
                set -e words[1]
                break
            case --heap --interval --output --pid --timeout --where --exposure --check --compat --completion --convert --debug-dir --exclude --format --include --log-file --log-level --mojo --resolve --thread
                set -e words[1]
            case '--*'
            case '-*'
                # the value of the last of some letters is the next word, unless it is attached
                if string match -qr -- '^-[^hioptwx]*[hioptwx]$' $words[1]
                    set -e words[1]
                end
            case '*'
                break
        end
        set -e words[1]
    end
    string join \n -- $words
end

function __austinp_in_command
    test (count (__austinp_command)) -gt 0
end

function __austinp_complete_command
    complete -C (string join ' ' -- (string escape -- (__austinp_command)))' '(commandline -ct)
end

complete -e -c austinp
complete -e -c austin
complete -e -c austin4
complete -c austinp -n 'not __austinp_in_command' -s 'b' -l binary -f -d 'Write the samples in the binary MOJO format'
complete -c austinp -n 'not __austinp_in_command' -s 'c' -l cpu -f -d 'The same as -s, as Austin 4 spells it'
complete -c austinp -n 'not __austinp_in_command' -s 'C' -l children -f -d 'Look at the process’s descendants too: those that are Python are sampled as it is'
complete -c austinp -n 'not __austinp_in_command' -s 'f' -l full -f -d 'Measure time, whether the thread is idle, and memory'
complete -c austinp -n 'not __austinp_in_command' -s 'g' -l gc -f -d 'Mark the samples of threads that are collecting garbage'
complete -c austinp -n 'not __austinp_in_command' -s 'h' -l heap -x -d 'Accepted for compatibility; has no effect'
complete -c austinp -n 'not __austinp_in_command' -s 'i' -l interval -x -d 'Take a sample this often (default: 10ms)'
complete -c austinp -n 'not __austinp_in_command' -s 'k' -l kernel -f -d 'Show the frames of the kernel too'
complete -c austinp -n 'not __austinp_in_command' -s 'm' -l memory -f -d 'Measure memory: by how much that of the process has changed, in bytes, told of the thread that holds the GIL'
complete -c austinp -n 'not __austinp_in_command' -s 'n' -l native -f -d 'Show native frames, as austinp does anyway; here because Austin 4 has it'
complete -c austinp -n 'not __austinp_in_command' -s 'o' -l output -r -F -d 'Write the samples to FILE in place of standard output, which is then left to the command'
complete -c austinp -n 'not __austinp_in_command' -s 'p' -l pid -x -a '(__fish_complete_pids)' -d 'Attach to the running process PID'
complete -c austinp -n 'not __austinp_in_command' -s 'P' -l pipe -f -d 'Pipe mode, for programs that read the samples: nothing on standard error unless something fails; version and statistics become metadata'
complete -c austinp -n 'not __austinp_in_command' -s 's' -l sleepless -f -d 'Leave out threads that are idle, so that the metric is CPU time'
complete -c austinp -n 'not __austinp_in_command' -s 't' -l timeout -x -d 'Look this long for a Python interpreter in the process (default: 1s)'
complete -c austinp -n 'not __austinp_in_command' -s 'w' -l where -x -a '(__fish_complete_pids)' -d 'Print the stack of every thread of process PID once'
complete -c austinp -n 'not __austinp_in_command' -s 'x' -l exposure -x -d 'Stop sampling after so many seconds (default: 0, which is never)'
complete -c austinp -n 'not __austinp_in_command' -l by-line -f -d 'Have each line of a function for a function of its own in pictures and tables, as f:12'
complete -c austinp -n 'not __austinp_in_command' -l check -x -a '(__fish_complete_pids)' -d 'Say what of process PID could be sampled with the other options and the rights that austinp has, and what is missing; exit with 0 if nothing that is needed is, else with 1'
complete -c austinp -n 'not __austinp_in_command' -l compat -x -a '3 4' -d 'Stand in for Austin 3 (3.7, the default) or Austin 4 (4.1): its metadata, formats and defaults'
complete -c austinp -n 'not __austinp_in_command' -l completion -x -a 'bash zsh fish' -d 'Print a script that completes command lines in bash, zsh or fish'
complete -c austinp -n 'not __austinp_in_command' -l convert -r -F -d 'Write the samples that are in FILE, or in standard input if that is -, in another format: FILE holds MOJO or collapsed text'
complete -c austinp -n 'not __austinp_in_command' -l debug-dir -x -d 'Where --resolve looks for debug files first: by build-id, or as they lay below the root of the machine that was sampled'
complete -c austinp -n 'not __austinp_in_command' -l exclude -x -d 'Leave out samples with a matching function, file or binary in their stacks'
complete -c austinp -n 'not __austinp_in_command' -l fold-native -f -d 'Leave out the interpreter’s own calls between two Python functions; builtins and functions of extension modules stay'
complete -c austinp -n 'not __austinp_in_command' -l format -x -a 'collapsed mojo flamegraph svg speedscope pprof gecko chrome callgrind jsonl' -d 'Write the samples in this format: collapsed, mojo, flamegraph, svg, speedscope, pprof, gecko, chrome, callgrind, jsonl'
complete -c austinp -n 'not __austinp_in_command' -l full-paths -f -d 'With -w, show the folders of binaries too'
complete -c austinp -n 'not __austinp_in_command' -l full-symbols -f -d 'With -w, show the symbols of C++, Rust and Cython functions in full'
complete -c austinp -n 'not __austinp_in_command' -l include -x -d 'Write only samples with a matching function, file or binary in their stacks'
complete -c austinp -n 'not __austinp_in_command' -l json -f -d 'With -w, write JSON, with all that is known'
complete -c austinp -n 'not __austinp_in_command' -l lines -f -d 'Write native frames with their source lines, and the calls that were inlined there, where debug information tells them'
complete -c austinp -n 'not __austinp_in_command' -l log-file -r -F -d 'Write the log to the end of FILE, or to standard error if that is -, as well as to syslog, which the variable AUSTIN_NO_LOGGING switches off'
complete -c austinp -n 'not __austinp_in_command' -l log-level -x -a 'error warning info debug' -d 'Log what matters at least so much: error, warning, info (the default) or debug'
complete -c austinp -n 'not __austinp_in_command' -l man -f -d 'Print the man page; to read it, austinp --man | man -l -'
complete -c austinp -n 'not __austinp_in_command' -l mojo -x -a '3 4' -d 'Write the samples in the binary MOJO format, version 3 or 4'
complete -c austinp -n 'not __austinp_in_command' -l native-last -f -d 'Leave out native frames that call Python: of those, only the ones behind the last Python frame stay'
complete -c austinp -n 'not __austinp_in_command' -l no-lines -f -d 'Tell functions apart, not the lines and addresses in them'
complete -c austinp -n 'not __austinp_in_command' -l no-native -f -d 'Do not stop threads, and show no native frames, as austin does'
complete -c austinp -n 'not __austinp_in_command' -l off-cpu -f -d 'Write only samples of threads that waited'
complete -c austinp -n 'not __austinp_in_command' -l on-cpu -f -d 'Write only samples of threads that ran'
complete -c austinp -n 'not __austinp_in_command' -l python-only -f -d 'Leave out native and kernel frames'
complete -c austinp -n 'not __austinp_in_command' -l resolve -r -F -d 'Write the samples in FILE (text or MOJO), or in standard input if that is -, as text with source lines for the native frames'
complete -c austinp -n 'not __austinp_in_command' -l split-threads -f -d 'Keep threads apart where a format adds them up: in callgrind and pprof, each stack begins with its thread'
complete -c austinp -n 'not __austinp_in_command' -l thread -x -d 'Write only the samples of the thread with this name or number; may be given several times'
complete -c austinp -n 'not __austinp_in_command' -s '?' -l help -f -d 'Give this help list'
complete -c austinp -n 'not __austinp_in_command' -l usage -f -d 'Give a short usage message'
complete -c austinp -n 'not __austinp_in_command' -s 'V' -l version -f -d 'Print program version'
complete -c austinp -n __austinp_in_command -x -a '(__austinp_complete_command)'
complete -c austinp -n 'not __austinp_in_command' -x -a '(__fish_complete_command)'

complete -c austin -n 'not __austinp_in_command' -s 'b' -l binary -f -d 'Write the samples in the binary MOJO format'
complete -c austin -n 'not __austinp_in_command' -s 'c' -l cpu -f -d 'The same as -s, as Austin 4 spells it'
complete -c austin -n 'not __austinp_in_command' -s 'C' -l children -f -d 'Look at the process’s descendants too: those that are Python are sampled as it is'
complete -c austin -n 'not __austinp_in_command' -s 'f' -l full -f -d 'Measure time, whether the thread is idle, and memory'
complete -c austin -n 'not __austinp_in_command' -s 'g' -l gc -f -d 'Mark the samples of threads that are collecting garbage'
complete -c austin -n 'not __austinp_in_command' -s 'h' -l heap -x -d 'Accepted for compatibility; has no effect'
complete -c austin -n 'not __austinp_in_command' -s 'i' -l interval -x -d 'Take a sample this often (default: 100us)'
complete -c austin -n 'not __austinp_in_command' -s 'm' -l memory -f -d 'Measure memory: by how much that of the process has changed, in bytes, told of the thread that holds the GIL'
complete -c austin -n 'not __austinp_in_command' -s 'n' -l native -f -d 'Show native frames, as austinp does anyway; here because Austin 4 has it'
complete -c austin -n 'not __austinp_in_command' -s 'o' -l output -r -F -d 'Write the samples to FILE in place of standard output, which is then left to the command'
complete -c austin -n 'not __austinp_in_command' -s 'p' -l pid -x -a '(__fish_complete_pids)' -d 'Attach to the running process PID'
complete -c austin -n 'not __austinp_in_command' -s 'P' -l pipe -f -d 'Pipe mode, for programs that read the samples: nothing on standard error unless something fails; version and statistics become metadata'
complete -c austin -n 'not __austinp_in_command' -s 's' -l sleepless -f -d 'Leave out threads that are idle, so that the metric is CPU time'
complete -c austin -n 'not __austinp_in_command' -s 't' -l timeout -x -d 'Look this long for a Python interpreter in the process (default: 1s)'
complete -c austin -n 'not __austinp_in_command' -s 'w' -l where -x -a '(__fish_complete_pids)' -d 'Print the stack of every thread of process PID once'
complete -c austin -n 'not __austinp_in_command' -s 'x' -l exposure -x -d 'Stop sampling after so many seconds (default: 0, which is never)'
complete -c austin -n 'not __austinp_in_command' -l by-line -f -d 'Have each line of a function for a function of its own in pictures and tables, as f:12'
complete -c austin -n 'not __austinp_in_command' -l check -x -a '(__fish_complete_pids)' -d 'Say what of process PID could be sampled with the other options and the rights that austinp has, and what is missing; exit with 0 if nothing that is needed is, else with 1'
complete -c austin -n 'not __austinp_in_command' -l compat -x -a '3 4' -d 'Stand in for Austin 3 (3.7, the default) or Austin 4 (4.1): its metadata, formats and defaults'
complete -c austin -n 'not __austinp_in_command' -l completion -x -a 'bash zsh fish' -d 'Print a script that completes command lines in bash, zsh or fish'
complete -c austin -n 'not __austinp_in_command' -l convert -r -F -d 'Write the samples that are in FILE, or in standard input if that is -, in another format: FILE holds MOJO or collapsed text'
complete -c austin -n 'not __austinp_in_command' -l debug-dir -x -d 'Where --resolve looks for debug files first: by build-id, or as they lay below the root of the machine that was sampled'
complete -c austin -n 'not __austinp_in_command' -l exclude -x -d 'Leave out samples with a matching function, file or binary in their stacks'
complete -c austin -n 'not __austinp_in_command' -l fold-native -f -d 'Leave out the interpreter’s own calls between two Python functions; builtins and functions of extension modules stay'
complete -c austin -n 'not __austinp_in_command' -l format -x -a 'collapsed mojo flamegraph svg speedscope pprof gecko chrome callgrind jsonl' -d 'Write the samples in this format: collapsed, mojo, flamegraph, svg, speedscope, pprof, gecko, chrome, callgrind, jsonl'
complete -c austin -n 'not __austinp_in_command' -l full-paths -f -d 'With -w, show the folders of binaries too'
complete -c austin -n 'not __austinp_in_command' -l full-symbols -f -d 'With -w, show the symbols of C++, Rust and Cython functions in full'
complete -c austin -n 'not __austinp_in_command' -l include -x -d 'Write only samples with a matching function, file or binary in their stacks'
complete -c austin -n 'not __austinp_in_command' -l json -f -d 'With -w, write JSON, with all that is known'
complete -c austin -n 'not __austinp_in_command' -l lines -f -d 'Write native frames with their source lines, and the calls that were inlined there, where debug information tells them'
complete -c austin -n 'not __austinp_in_command' -l log-file -r -F -d 'Write the log to the end of FILE, or to standard error if that is -, as well as to syslog, which the variable AUSTIN_NO_LOGGING switches off'
complete -c austin -n 'not __austinp_in_command' -l log-level -x -a 'error warning info debug' -d 'Log what matters at least so much: error, warning, info (the default) or debug'
complete -c austin -n 'not __austinp_in_command' -l man -f -d 'Print the man page; to read it, austinp --man | man -l -'
complete -c austin -n 'not __austinp_in_command' -l mojo -x -a '3 4' -d 'Write the samples in the binary MOJO format, version 3 or 4'
complete -c austin -n 'not __austinp_in_command' -l native-last -f -d 'Leave out native frames that call Python: of those, only the ones behind the last Python frame stay'
complete -c austin -n 'not __austinp_in_command' -l no-lines -f -d 'Tell functions apart, not the lines and addresses in them'
complete -c austin -n 'not __austinp_in_command' -l no-native -f -d 'Do not stop threads, and show no native frames, as austin does'
complete -c austin -n 'not __austinp_in_command' -l off-cpu -f -d 'Write only samples of threads that waited'
complete -c austin -n 'not __austinp_in_command' -l on-cpu -f -d 'Write only samples of threads that ran'
complete -c austin -n 'not __austinp_in_command' -l python-only -f -d 'Leave out native and kernel frames'
complete -c austin -n 'not __austinp_in_command' -l resolve -r -F -d 'Write the samples in FILE (text or MOJO), or in standard input if that is -, as text with source lines for the native frames'
complete -c austin -n 'not __austinp_in_command' -l split-threads -f -d 'Keep threads apart where a format adds them up: in callgrind and pprof, each stack begins with its thread'
complete -c austin -n 'not __austinp_in_command' -l thread -x -d 'Write only the samples of the thread with this name or number; may be given several times'
complete -c austin -n 'not __austinp_in_command' -s '?' -l help -f -d 'Give this help list'
complete -c austin -n 'not __austinp_in_command' -l usage -f -d 'Give a short usage message'
complete -c austin -n 'not __austinp_in_command' -s 'V' -l version -f -d 'Print program version'
complete -c austin -n __austinp_in_command -x -a '(__austinp_complete_command)'
complete -c austin -n 'not __austinp_in_command' -x -a '(__fish_complete_command)'

complete -c austin4 -n 'not __austinp_in_command' -s 'b' -l binary -f -d 'Write the samples in the binary MOJO format'
complete -c austin4 -n 'not __austinp_in_command' -s 'c' -l cpu -f -d 'The same as -s, as Austin 4 spells it'
complete -c austin4 -n 'not __austinp_in_command' -s 'C' -l children -f -d 'Look at the process’s descendants too: those that are Python are sampled as it is'
complete -c austin4 -n 'not __austinp_in_command' -s 'f' -l full -f -d 'Measure time, whether the thread is idle, and memory'
complete -c austin4 -n 'not __austinp_in_command' -s 'g' -l gc -f -d 'Mark the samples of threads that are collecting garbage'
complete -c austin4 -n 'not __austinp_in_command' -s 'h' -l heap -x -d 'Accepted for compatibility; has no effect'
complete -c austin4 -n 'not __austinp_in_command' -s 'i' -l interval -x -d 'Take a sample this often (default: 10ms)'
complete -c austin4 -n 'not __austinp_in_command' -s 'k' -l kernel -f -d 'Show the frames of the kernel too'
complete -c austin4 -n 'not __austinp_in_command' -s 'm' -l memory -f -d 'Measure memory: by how much that of the process has changed, in bytes, told of the thread that holds the GIL'
complete -c austin4 -n 'not __austinp_in_command' -s 'n' -l native -f -d 'Show native frames, as austinp does anyway; here because Austin 4 has it'
complete -c austin4 -n 'not __austinp_in_command' -s 'o' -l output -r -F -d 'Write the samples to FILE in place of standard output, which is then left to the command'
complete -c austin4 -n 'not __austinp_in_command' -s 'p' -l pid -x -a '(__fish_complete_pids)' -d 'Attach to the running process PID'
complete -c austin4 -n 'not __austinp_in_command' -s 'P' -l pipe -f -d 'Pipe mode, for programs that read the samples: nothing on standard error unless something fails; version and statistics become metadata'
complete -c austin4 -n 'not __austinp_in_command' -s 's' -l sleepless -f -d 'Leave out threads that are idle, so that the metric is CPU time'
complete -c austin4 -n 'not __austinp_in_command' -s 't' -l timeout -x -d 'Look this long for a Python interpreter in the process (default: 1s)'
complete -c austin4 -n 'not __austinp_in_command' -s 'w' -l where -x -a '(__fish_complete_pids)' -d 'Print the stack of every thread of process PID once'
complete -c austin4 -n 'not __austinp_in_command' -s 'x' -l exposure -x -d 'Stop sampling after so many seconds (default: 0, which is never)'
complete -c austin4 -n 'not __austinp_in_command' -l by-line -f -d 'Have each line of a function for a function of its own in pictures and tables, as f:12'
complete -c austin4 -n 'not __austinp_in_command' -l check -x -a '(__fish_complete_pids)' -d 'Say what of process PID could be sampled with the other options and the rights that austinp has, and what is missing; exit with 0 if nothing that is needed is, else with 1'
complete -c austin4 -n 'not __austinp_in_command' -l compat -x -a '3 4' -d 'Stand in for Austin 3 (3.7, the default) or Austin 4 (4.1): its metadata, formats and defaults'
complete -c austin4 -n 'not __austinp_in_command' -l completion -x -a 'bash zsh fish' -d 'Print a script that completes command lines in bash, zsh or fish'
complete -c austin4 -n 'not __austinp_in_command' -l convert -r -F -d 'Write the samples that are in FILE, or in standard input if that is -, in another format: FILE holds MOJO or collapsed text'
complete -c austin4 -n 'not __austinp_in_command' -l debug-dir -x -d 'Where --resolve looks for debug files first: by build-id, or as they lay below the root of the machine that was sampled'
complete -c austin4 -n 'not __austinp_in_command' -l exclude -x -d 'Leave out samples with a matching function, file or binary in their stacks'
complete -c austin4 -n 'not __austinp_in_command' -l fold-native -f -d 'Leave out the interpreter’s own calls between two Python functions; builtins and functions of extension modules stay'
complete -c austin4 -n 'not __austinp_in_command' -l format -x -a 'collapsed mojo flamegraph svg speedscope pprof gecko chrome callgrind jsonl' -d 'Write the samples in this format: collapsed, mojo, flamegraph, svg, speedscope, pprof, gecko, chrome, callgrind, jsonl'
complete -c austin4 -n 'not __austinp_in_command' -l full-paths -f -d 'With -w, show the folders of binaries too'
complete -c austin4 -n 'not __austinp_in_command' -l full-symbols -f -d 'With -w, show the symbols of C++, Rust and Cython functions in full'
complete -c austin4 -n 'not __austinp_in_command' -l include -x -d 'Write only samples with a matching function, file or binary in their stacks'
complete -c austin4 -n 'not __austinp_in_command' -l json -f -d 'With -w, write JSON, with all that is known'
complete -c austin4 -n 'not __austinp_in_command' -l lines -f -d 'Write native frames with their source lines, and the calls that were inlined there, where debug information tells them'
complete -c austin4 -n 'not __austinp_in_command' -l log-file -r -F -d 'Write the log to the end of FILE, or to standard error if that is -, as well as to syslog, which the variable AUSTIN_NO_LOGGING switches off'
complete -c austin4 -n 'not __austinp_in_command' -l log-level -x -a 'error warning info debug' -d 'Log what matters at least so much: error, warning, info (the default) or debug'
complete -c austin4 -n 'not __austinp_in_command' -l man -f -d 'Print the man page; to read it, austinp --man | man -l -'
complete -c austin4 -n 'not __austinp_in_command' -l mojo -x -a '3 4' -d 'Write the samples in the binary MOJO format, version 3 or 4'
complete -c austin4 -n 'not __austinp_in_command' -l native-last -f -d 'Leave out native frames that call Python: of those, only the ones behind the last Python frame stay'
complete -c austin4 -n 'not __austinp_in_command' -l no-lines -f -d 'Tell functions apart, not the lines and addresses in them'
complete -c austin4 -n 'not __austinp_in_command' -l no-native -f -d 'Do not stop threads, and show no native frames, as austin does'
complete -c austin4 -n 'not __austinp_in_command' -l off-cpu -f -d 'Write only samples of threads that waited'
complete -c austin4 -n 'not __austinp_in_command' -l on-cpu -f -d 'Write only samples of threads that ran'
complete -c austin4 -n 'not __austinp_in_command' -l python-only -f -d 'Leave out native and kernel frames'
complete -c austin4 -n 'not __austinp_in_command' -l resolve -r -F -d 'Write the samples in FILE (text or MOJO), or in standard input if that is -, as text with source lines for the native frames'
complete -c austin4 -n 'not __austinp_in_command' -l split-threads -f -d 'Keep threads apart where a format adds them up: in callgrind and pprof, each stack begins with its thread'
complete -c austin4 -n 'not __austinp_in_command' -l thread -x -d 'Write only the samples of the thread with this name or number; may be given several times'
complete -c austin4 -n 'not __austinp_in_command' -s '?' -l help -f -d 'Give this help list'
complete -c austin4 -n 'not __austinp_in_command' -l usage -f -d 'Give a short usage message'
complete -c austin4 -n 'not __austinp_in_command' -s 'V' -l version -f -d 'Print program version'
complete -c austin4 -n __austinp_in_command -x -a '(__austinp_complete_command)'
complete -c austin4 -n 'not __austinp_in_command' -x -a '(__fish_complete_command)'
