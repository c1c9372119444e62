/// The scripts that make a shell ask vx for completions. They hold no list: `vx complete` says what there is.
enum ShellScript: String, CaseIterable {
    case bash, zsh, fish

    var text: String {
        switch self {
        case .bash: Self.bashText
        case .zsh: Self.zshText
        case .fish: Self.fishText
        }
    }

    // Nothing that a repository says is ever expanded by the shell: names of branches may hold '$(…)'.

    private static let bashText = #"""
        # Completions of vx for bash: source this file, or put it into ~/.local/share/bash-completion/completions/vx
        _vx() {
            local words=() names=() word line name files= n=0 i cur=${COMP_WORDS[COMP_CWORD]}
            # bash cuts words at '=' and ':'.
            for ((i = 1; i <= COMP_CWORD; i++)); do
                word=${COMP_WORDS[i]}
                if ((n > 0)) && [[ $word == [=:] || ${words[n - 1]} == *[=:] ]]; then
                    words[n - 1]+=$word
                else
                    words[n]=$word
                    n=$((n + 1))
                fi
            done
            [[ $cur == [=:] ]] && cur=
            local start=${words[n - 1]%"$cur"}
            COMPREPLY=()
            while IFS= read -r line; do
                if [[ $line == :files ]]; then
                    files=1
                    continue
                fi
                name=${line%%$'\t'*}
                names+=("${name#"$start"}")
            done < <(vx complete -- "${words[@]//\\/}" 2>/dev/null)
            # Where nothing else fits, bash itself completes files, by 'default' below.
            if [[ $files && ${#names[@]} -gt 0 ]]; then
                while IFS= read -r name; do
                    [[ $name == .git || $name == */.git ]] && continue
                    [[ -d $name ]] && name+=/
                    names+=("$name")
                done < <(compgen -f -- "${cur//\\/}")
            fi
            # Not by 'compopt -o filenames', which would show of a branch what is behind its last slash.
            for name in "${names[@]}"; do
                printf -v name %q "$name"
                COMPREPLY+=("$name")
            done
        }
        complete -o bashdefault -o default -F _vx vx

        """#

    private static let zshText = #"""
        #compdef vx
        # Completions of vx for zsh: put this file as _vx into a folder of $fpath, or source it after compinit.
        _vx() {
            local line files=0 tab=$'\t'
            local -a names shown
            while IFS= read -r line; do
                if [[ $line == :files ]]; then
                    files=1
                    continue
                fi
                names+=("${line%%$tab*}")
                shown+=("${line/$tab/  -- }")
            done < <(vx complete -- "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)
            (( $#names )) && compadd -l -d shown -a names
            (( files )) && _files
            (( $#names || files ))
        }
        if [[ ${funcstack[1]} == _vx ]]; then _vx "$@"; else compdef _vx vx; fi

        """#

    private static let fishText = #"""
        # Completions of vx for fish: put this file into ~/.config/fish/completions/vx.fish
        function __vx_lines
            set -l words (commandline -opc)
            # As it is meant: without what quotes it, be the quotation open yet.
            set -l current (commandline -ct | string replace -r '^["\']' '' | string unescape)
            test (count $current) -gt 0; or set current ''
            vx complete -- $words[2..-1] "$current" 2>/dev/null
        end
        function __vx_takes_files
            __vx_lines | string match -q :files
        end
        # Files are fish's own to complete, with what it makes of '~', variables and quotes.
        complete -c vx -n __vx_takes_files -F
        complete -c vx -n 'not __vx_takes_files' -f
        complete -c vx -a '(__vx_lines | string match -v :files)'

        """#
}
