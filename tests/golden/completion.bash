# Completion of austinp for bash. In ~/.bashrc: source <(austinp --completion bash)

_austinp_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2"); }
_austinp_files() { compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$1"); }

_austinp() {
  local word=${COMP_WORDS[COMP_CWORD]} options i=1 option= letters
  COMPREPLY=()
  # bash makes three words of --option=value
  while ((i < COMP_CWORD)); do
    option=
    case ${COMP_WORDS[i]} in
    --) ((i++)); break ;;
    -h|--heap|-i|--interval|-o|--output|-p|--pid|-t|--timeout|-w|--where|-x|--exposure|--check|--compat|--completion|--convert|--debug-dir|--diff|--exclude|--fail-if|--format|--include|--log-file|--log-level|--mojo|--overhead-budget|--resolve|--thread|--watch)
      option=${COMP_WORDS[i]}
      ((++i))
      [[ $i -lt $COMP_CWORD && ${COMP_WORDS[i]} == = ]] && ((++i))
      ((i++)) ;;
    --*) ((i++)) ;;
    -?*)
      # the value of the last of some letters is the next word, unless it is attached
      letters=${COMP_WORDS[i]#-}
      while [[ $letters == [!hioptwx]* ]]; do letters=${letters#?}; done
      ((i++))
      [[ ${#letters} -eq 1 ]] && option=-$letters && ((i++)) ;;
    *) break ;;
    esac
  done
  if ((i > COMP_CWORD)); then
    [[ $word == = ]] && word=
    case $option in
    -o|--output|--convert|--diff|--log-file|--resolve) _austinp_files "$word" ;;
    -p|--pid|-w|--where|--check) _austinp_words "$(cd /proc && echo [1-9]*)" "$word" ;;
    --compat) _austinp_words '3 4' "$word" ;;
    --completion) _austinp_words 'bash zsh fish' "$word" ;;
    --format) _austinp_words 'collapsed mojo flamegraph svg speedscope pprof gecko chrome callgrind jsonl' "$word" ;;
    --log-level) _austinp_words 'error warning info debug' "$word" ;;
    --mojo) _austinp_words '3 4' "$word" ;;
    esac
    return
  fi
  if ((i < COMP_CWORD)) || [[ $word != -* || ${COMP_WORDS[i - 1]} == -- && $i -gt 1 ]]; then
    if declare -F _command_offset > /dev/null; then
      _command_offset "$i"
    elif ((i == COMP_CWORD)); then
      mapfile -t COMPREPLY < <(compgen -c -- "$word")
    else
      _austinp_files "$word"
    fi
    return
  fi
  case ${COMP_WORDS[0]##*/} in
    austinp) options='--binary --cpu --children --full --gc --heap= --interval= --kernel --memory --native --output= --pid= --pipe --sleepless --timeout= --where= --exposure= --allow-eintr --by-line --check= --compat= --completion= --convert= --debug-dir= --diff= --exclude= --fail-if= --fold-native --format= --full-paths --full-symbols --include= --json --lines --log-file= --log-level= --man --mojo= --native-last --no-jitter --no-lines --no-native --off-cpu --on-cpu --overhead-budget= --python-only --quiet --resolve= --split-threads --thread= --watch= --help --usage --version' ;;
    austin) options='--binary --cpu --children --full --gc --heap= --interval= --memory --native --output= --pid= --pipe --sleepless --timeout= --where= --exposure= --by-line --check= --compat= --completion= --convert= --debug-dir= --diff= --exclude= --fail-if= --fold-native --format= --full-paths --full-symbols --include= --json --lines --log-file= --log-level= --man --mojo= --native-last --no-jitter --no-lines --no-native --off-cpu --on-cpu --python-only --quiet --resolve= --split-threads --thread= --watch= --help --usage --version' ;;
    austin4) options='--binary --cpu --children --full --gc --heap= --interval= --kernel --memory --native --output= --pid= --pipe --sleepless --timeout= --where= --exposure= --allow-eintr --by-line --check= --compat= --completion= --convert= --debug-dir= --diff= --exclude= --fail-if= --fold-native --format= --full-paths --full-symbols --include= --json --lines --log-file= --log-level= --man --mojo= --native-last --no-jitter --no-lines --no-native --off-cpu --on-cpu --overhead-budget= --python-only --quiet --resolve= --split-threads --thread= --watch= --help --usage --version' ;;
  esac
  _austinp_words "$options" "$word"
  [[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace
}

complete -F _austinp austinp austin austin4
