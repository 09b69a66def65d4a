/** In a /run of our own: for what lies there as long as the laboratory does. Its path has no letter that a configuration file would take for something else. */
export const OWN_DIRECTORY = '/run/service-routing-bench';

/**
 * A shell script, for a mount namespace of our own, that makes /run a file system of our own: namespaces' names (/run/netns) and iptables' lock (/run/xtables.lock, which an ordinary user may not open and
 * another program may hold) are not the host's. All the rest of the host's /run stays where it is, because it may be the user's: a disk (/run/media), a
 * cache (/run/user/1000), and on NixOS every tool (/run/current-system). It is put together on /tmp, which is covered for that moment only. Exit code 0 when done; an entry that
 * cannot be shown is left out. /run/mount is the table of mount(8) itself.
 */
export const OWN_RUN_SCRIPT = `own_run() {
  mount -n -t tmpfs -o mode=755 tmpfs /tmp || return
  for entry in /run/* /run/.[!.]*; do
    case $entry in /run/netns | /run/xtables.lock | /run/mount) continue ;; esac
    place=/tmp/\${entry#/run/}
    if [ -L "$entry" ]; then ln -s "$(readlink "$entry")" "$place"
    elif [ -d "$entry" ]; then mkdir "$place" && mount -n --rbind "$entry" "$place"
    elif [ -e "$entry" ]; then : >"$place" && mount -n --bind "$entry" "$place"
    fi 2>/dev/null || :
  done
  mount -n --move /tmp /run
}
own_run`;
