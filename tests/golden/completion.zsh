#compdef austinp austin austin4
# Completion of austinp for zsh. In ~/.zshrc, after compinit: source <(austinp --completion zsh)

_austinp_pids() { _wanted processes expl process compadd -- /proc/<->(N:t); }

_austinp() {
  local -a options
  case ${words[1]:t} in
    austinp) options=(
      '*''-b''[Write the samples in the binary MOJO format]' '*'--binary'[Write the samples in the binary MOJO format]'
      '*''-c''[The same as -s, as Austin 4 spells it]' '*'--cpu'[The same as -s, as Austin 4 spells it]'
      '*''-f''[Measure time, whether the thread is idle, and memory]' '*'--full'[Measure time, whether the thread is idle, and memory]'
      '*''-g''[Mark the samples of threads that are collecting garbage]' '*'--gc'[Mark the samples of threads that are collecting garbage]'
      '*''-h+''[Accepted for compatibility; has no effect]:MB: ' '*'--heap='[Accepted for compatibility; has no effect]:MB: '
      '*''-i+''[Take a sample this often (default\: 10ms)]:TIME: ' '*'--interval='[Take a sample this often (default\: 10ms)]:TIME: '
      '*''-k''[Show the frames of the kernel too]' '*'--kernel'[Show the frames of the kernel too]'
      '*''-m''[Measure memory\: by how much that of the process has changed, in bytes, told of the thread that holds the GIL]' '*'--memory'[Measure memory\: by how much that of the process has changed, in bytes, told of the thread that holds the GIL]'
      '*''-n''[Show native frames, as austinp does anyway; here because Austin 4 has it]' '*'--native'[Show native frames, as austinp does anyway; here because Austin 4 has it]'
      '*''-o+''[Write the samples to FILE in place of standard output, which is then left to the command]:FILE:_files' '*'--output='[Write the samples to FILE in place of standard output, which is then left to the command]:FILE:_files'
      '*''-p+''[Attach to the running process PID]:PID:_austinp_pids' '*'--pid='[Attach to the running process PID]:PID:_austinp_pids'
      '*''-P''[Pipe mode, for programs that read the samples\: nothing on standard error unless something fails; version and statistics become metadata]' '*'--pipe'[Pipe mode, for programs that read the samples\: nothing on standard error unless something fails; version and statistics become metadata]'
      '*''-s''[Leave out threads that are idle, so that the metric is CPU time]' '*'--sleepless'[Leave out threads that are idle, so that the metric is CPU time]'
      '*''-t+''[Look this long for a Python interpreter in the process (default\: 1s)]:TIME: ' '*'--timeout='[Look this long for a Python interpreter in the process (default\: 1s)]:TIME: '
      '*''-w+''[Print the stack of every thread of process PID once]:PID:_austinp_pids' '*'--where='[Print the stack of every thread of process PID once]:PID:_austinp_pids'
      '*''-x+''[Stop sampling after so many seconds (default\: 0, which is never)]:SECONDS: ' '*'--exposure='[Stop sampling after so many seconds (default\: 0, which is never)]:SECONDS: '
      '*'--compat='[Stand in for Austin 3 (3.7, the default) or Austin 4 (4.1)\: its metadata, formats and defaults]:VERSION:(3 4)'
      '(- *)'--completion='[Print a script that completes command lines in bash, zsh or fish]:SHELL:(bash zsh fish)'
      '*'--convert='[Convert the MOJO in FILE, or in standard input if that is -, to text]:FILE:_files'
      '*'--full-paths'[With -w, show the folders of binaries too]'
      '*'--full-symbols'[With -w, show the symbols of C++, Rust and Cython functions in full]'
      '*'--lines'[Write native frames with their source lines, and the calls that were inlined there, where debug information tells them]'
      '*'--log-file='[Write the log to the end of FILE, or to standard error if that is -, as well as to syslog, which the variable AUSTIN_NO_LOGGING switches off]:FILE:_files'
      '*'--log-level='[Log what matters at least so much\: error, warning, info (the default) or debug]:LEVEL:(error warning info debug)'
      '(- *)'--man'[Print the man page; to read it, austinp --man | man -l -]'
      '*'--mojo='[Write the samples in the binary MOJO format, version 3 or 4]:VERSION:(3 4)'
      '*'--no-native'[Do not stop threads, and show no native frames, as austin does; not there yet]'
      '(- *)''-?''[Give this help list]' '(- *)'--help'[Give this help list]'
      '(- *)'--usage'[Give a short usage message]'
      '(- *)''-V''[Print program version]' '(- *)'--version'[Print program version]'
    ) ;;
    austin) options=(
      '*''-b''[Write the samples in the binary MOJO format]' '*'--binary'[Write the samples in the binary MOJO format]'
      '*''-c''[The same as -s, as Austin 4 spells it]' '*'--cpu'[The same as -s, as Austin 4 spells it]'
      '*''-f''[Measure time, whether the thread is idle, and memory]' '*'--full'[Measure time, whether the thread is idle, and memory]'
      '*''-g''[Mark the samples of threads that are collecting garbage]' '*'--gc'[Mark the samples of threads that are collecting garbage]'
      '*''-h+''[Accepted for compatibility; has no effect]:MB: ' '*'--heap='[Accepted for compatibility; has no effect]:MB: '
      '*''-i+''[Take a sample this often (default\: 100us)]:TIME: ' '*'--interval='[Take a sample this often (default\: 100us)]:TIME: '
      '*''-m''[Measure memory\: by how much that of the process has changed, in bytes, told of the thread that holds the GIL]' '*'--memory'[Measure memory\: by how much that of the process has changed, in bytes, told of the thread that holds the GIL]'
      '*''-n''[Show native frames, as austinp does anyway; here because Austin 4 has it]' '*'--native'[Show native frames, as austinp does anyway; here because Austin 4 has it]'
      '*''-o+''[Write the samples to FILE in place of standard output, which is then left to the command]:FILE:_files' '*'--output='[Write the samples to FILE in place of standard output, which is then left to the command]:FILE:_files'
      '*''-p+''[Attach to the running process PID]:PID:_austinp_pids' '*'--pid='[Attach to the running process PID]:PID:_austinp_pids'
      '*''-P''[Pipe mode, for programs that read the samples\: nothing on standard error unless something fails; version and statistics become metadata]' '*'--pipe'[Pipe mode, for programs that read the samples\: nothing on standard error unless something fails; version and statistics become metadata]'
      '*''-s''[Leave out threads that are idle, so that the metric is CPU time]' '*'--sleepless'[Leave out threads that are idle, so that the metric is CPU time]'
      '*''-t+''[Look this long for a Python interpreter in the process (default\: 1s)]:TIME: ' '*'--timeout='[Look this long for a Python interpreter in the process (default\: 1s)]:TIME: '
      '*''-w+''[Print the stack of every thread of process PID once]:PID:_austinp_pids' '*'--where='[Print the stack of every thread of process PID once]:PID:_austinp_pids'
      '*''-x+''[Stop sampling after so many seconds (default\: 0, which is never)]:SECONDS: ' '*'--exposure='[Stop sampling after so many seconds (default\: 0, which is never)]:SECONDS: '
      '*'--compat='[Stand in for Austin 3 (3.7, the default) or Austin 4 (4.1)\: its metadata, formats and defaults]:VERSION:(3 4)'
      '(- *)'--completion='[Print a script that completes command lines in bash, zsh or fish]:SHELL:(bash zsh fish)'
      '*'--convert='[Convert the MOJO in FILE, or in standard input if that is -, to text]:FILE:_files'
      '*'--full-paths'[With -w, show the folders of binaries too]'
      '*'--full-symbols'[With -w, show the symbols of C++, Rust and Cython functions in full]'
      '*'--lines'[Write native frames with their source lines, and the calls that were inlined there, where debug information tells them]'
      '*'--log-file='[Write the log to the end of FILE, or to standard error if that is -, as well as to syslog, which the variable AUSTIN_NO_LOGGING switches off]:FILE:_files'
      '*'--log-level='[Log what matters at least so much\: error, warning, info (the default) or debug]:LEVEL:(error warning info debug)'
      '(- *)'--man'[Print the man page; to read it, austinp --man | man -l -]'
      '*'--mojo='[Write the samples in the binary MOJO format, version 3 or 4]:VERSION:(3 4)'
      '*'--no-native'[Do not stop threads, and show no native frames, as austin does; not there yet]'
      '(- *)''-?''[Give this help list]' '(- *)'--help'[Give this help list]'
      '(- *)'--usage'[Give a short usage message]'
      '(- *)''-V''[Print program version]' '(- *)'--version'[Print program version]'
    ) ;;
    austin4) options=(
      '*''-b''[Write the samples in the binary MOJO format]' '*'--binary'[Write the samples in the binary MOJO format]'
      '*''-c''[The same as -s, as Austin 4 spells it]' '*'--cpu'[The same as -s, as Austin 4 spells it]'
      '*''-f''[Measure time, whether the thread is idle, and memory]' '*'--full'[Measure time, whether the thread is idle, and memory]'
      '*''-g''[Mark the samples of threads that are collecting garbage]' '*'--gc'[Mark the samples of threads that are collecting garbage]'
      '*''-h+''[Accepted for compatibility; has no effect]:MB: ' '*'--heap='[Accepted for compatibility; has no effect]:MB: '
      '*''-i+''[Take a sample this often (default\: 10ms)]:TIME: ' '*'--interval='[Take a sample this often (default\: 10ms)]:TIME: '
      '*''-k''[Show the frames of the kernel too]' '*'--kernel'[Show the frames of the kernel too]'
      '*''-m''[Measure memory\: by how much that of the process has changed, in bytes, told of the thread that holds the GIL]' '*'--memory'[Measure memory\: by how much that of the process has changed, in bytes, told of the thread that holds the GIL]'
      '*''-n''[Show native frames, as austinp does anyway; here because Austin 4 has it]' '*'--native'[Show native frames, as austinp does anyway; here because Austin 4 has it]'
      '*''-o+''[Write the samples to FILE in place of standard output, which is then left to the command]:FILE:_files' '*'--output='[Write the samples to FILE in place of standard output, which is then left to the command]:FILE:_files'
      '*''-p+''[Attach to the running process PID]:PID:_austinp_pids' '*'--pid='[Attach to the running process PID]:PID:_austinp_pids'
      '*''-P''[Pipe mode, for programs that read the samples\: nothing on standard error unless something fails; version and statistics become metadata]' '*'--pipe'[Pipe mode, for programs that read the samples\: nothing on standard error unless something fails; version and statistics become metadata]'
      '*''-s''[Leave out threads that are idle, so that the metric is CPU time]' '*'--sleepless'[Leave out threads that are idle, so that the metric is CPU time]'
      '*''-t+''[Look this long for a Python interpreter in the process (default\: 1s)]:TIME: ' '*'--timeout='[Look this long for a Python interpreter in the process (default\: 1s)]:TIME: '
      '*''-w+''[Print the stack of every thread of process PID once]:PID:_austinp_pids' '*'--where='[Print the stack of every thread of process PID once]:PID:_austinp_pids'
      '*''-x+''[Stop sampling after so many seconds (default\: 0, which is never)]:SECONDS: ' '*'--exposure='[Stop sampling after so many seconds (default\: 0, which is never)]:SECONDS: '
      '*'--compat='[Stand in for Austin 3 (3.7, the default) or Austin 4 (4.1)\: its metadata, formats and defaults]:VERSION:(3 4)'
      '(- *)'--completion='[Print a script that completes command lines in bash, zsh or fish]:SHELL:(bash zsh fish)'
      '*'--convert='[Convert the MOJO in FILE, or in standard input if that is -, to text]:FILE:_files'
      '*'--full-paths'[With -w, show the folders of binaries too]'
      '*'--full-symbols'[With -w, show the symbols of C++, Rust and Cython functions in full]'
      '*'--lines'[Write native frames with their source lines, and the calls that were inlined there, where debug information tells them]'
      '*'--log-file='[Write the log to the end of FILE, or to standard error if that is -, as well as to syslog, which the variable AUSTIN_NO_LOGGING switches off]:FILE:_files'
      '*'--log-level='[Log what matters at least so much\: error, warning, info (the default) or debug]:LEVEL:(error warning info debug)'
      '(- *)'--man'[Print the man page; to read it, austinp --man | man -l -]'
      '*'--mojo='[Write the samples in the binary MOJO format, version 3 or 4]:VERSION:(3 4)'
      '*'--no-native'[Do not stop threads, and show no native frames, as austin does; not there yet]'
      '(- *)''-?''[Give this help list]' '(- *)'--help'[Give this help list]'
      '(- *)'--usage'[Give a short usage message]'
      '(- *)''-V''[Print program version]' '(- *)'--version'[Print program version]'
    ) ;;
  esac
  _arguments -s -S -A '-*' $options '(-)1:command:_command_names -e' '*::arguments:_normal'
}

if [[ $funcstack[1] == _austinp ]]; then
  _austinp "$@"
else
  compdef _austinp austinp austin austin4
fi
