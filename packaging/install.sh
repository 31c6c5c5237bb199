#!/bin/bash
# install.sh install|uninstall BUILD: puts hotdesk on this machine, or takes it away. ./dev calls it.
# Both may be run again. What is configured and paired (/etc/hotdesk, /var/lib/hotdesk) stays in either case.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."

command=${1:-} build=${2:-build}
prefix=/usr/local
root=${DESTDIR:-}
system_units=(hotdesk-input.socket hotdesk-input.service hotdesk-server.service)

die() { echo "install: $*" >&2; exit 1; }

# With DESTDIR, or in a container without systemd, only files are put in their places.
has_systemd() { [ -z "$root" ] && [ -d /run/systemd/system ]; }

# --- install ---

install_files() {
    local configured
    configured=$(meson introspect "$build" --buildoptions |
        python3 -c 'import json, sys; print(next(o["value"] for o in json.load(sys.stdin) if o["name"] == "prefix"))')
    [ "$configured" = "$prefix" ] || die "$build is configured for $configured, not $prefix"
    meson install -C "$build" --no-rebuild --quiet >/dev/null
    # sudo must not leave files of root in the checkout of a user.
    [ -z "${SUDO_UID:-}" ] || chown -R --from=root "$SUDO_UID:${SUDO_GID:-$SUDO_UID}" "$build"
    echo "programs: $prefix/bin/hotdesk, hotdesk-server, hotdesk-input, hotdesk-decode, hotdesk-vnc, hotdesk-viewer, hotdesk-agent"
}

make_users() {
    systemd-sysusers ${root:+--root="$root"} "$root$prefix/lib/sysusers.d/hotdesk.conf"
    systemd-tmpfiles ${root:+--root="$root"} --create "$root$prefix/lib/tmpfiles.d/hotdesk.conf"
    echo "users:    hotdesk, hotdesk-input, hotdesk-agent"
}

# An existing file is the administrator's.
configure() {
    local directory=$root/etc/hotdesk
    install -d -m 755 "$directory"
    if [ ! -e "$directory/server.conf" ]; then
        sed -e 's|^input = .*|input = "/run/hotdesk-input.socket"|' -e 's|^use-group = .*|use-group = "hotdesk"|' \
            config/server.conf >"$directory/server.conf"
    elif ! grep -q '^input = "\?/run/hotdesk-input.socket"\?' "$directory/server.conf"; then
        echo "note:     /etc/hotdesk/server.conf does not say input = \"/run/hotdesk-input.socket\": no devices then"
    fi
    [ -e "$directory/input.conf" ] || cp config/input.conf "$directory/input.conf"
    chmod 644 "$directory"/*.conf
    echo "settings: /etc/hotdesk/server.conf, input.conf"
}

# The group of /dev/uinput; its service is enabled by the user, where X alone does not do (docs/injectors.md).
prepare_uinput() {
    has_systemd || return 0
    udevadm control --reload 2>/dev/null || return 0 # a container has systemd, but no udev and no devices
    modprobe uinput 2>/dev/null || return 0
    udevadm trigger --action=change --sysname-match=uinput
}

start_services() {
    local unit
    if ! has_systemd; then
        [ -n "$root" ] || echo "services: none: systemd does not run here"
        return 0
    fi
    systemctl daemon-reload
    systemctl --quiet enable hotdesk-input.socket hotdesk-server.service
    # A socket cannot be started while its service of before runs.
    systemctl stop "${system_units[@]}"
    systemctl start hotdesk-input.socket hotdesk-server.service
    for unit in hotdesk-input.socket hotdesk-server.service; do
        systemctl --quiet is-active "$unit" || die "$unit does not run: journalctl -u $unit"
    done
    echo "services: hotdesk-server and hotdesk-input, started now and at boot"
    renew_agents
}

# What runs already goes on with the program of before. Those of desktops are their users'.
renew_agents() {
    if systemctl --quiet is-active hotdesk-agent-system.service; then
        systemctl restart hotdesk-agent-system.service
        echo "services: hotdesk-agent-system, started anew"
    fi
    if ps -C hotdesk-agent,hotdesk-viewer -o user:32= | grep -qv '^hotdesk-agent *$'; then
        echo "note:     what runs in desktops goes on as it was until the next login, or until its user has said" \
            "systemctl --user try-restart hotdesk-agent hotdesk-viewer"
    fi
}

tell_what_is_next() {
    cat <<'TEXT'

on the console (it has the keyboard):   sudo hotdesk pair, or for a target that you reach by ssh, once hotdesk is
                                        installed there: sudo hotdesk add USER@TARGET (does the two next lines)
                      in its desktop:   systemctl --user enable --now hotdesk-viewer
on a target, in its desktop:            hotdesk-agent pair CONSOLE
                                        systemctl --user enable --now hotdesk-agent
on a target with Wayland, or for its login screen: docs/injectors.md (hotdesk-agent-system)
on what is a target only:               sudo systemctl disable --now hotdesk-server hotdesk-input.socket hotdesk-input
TEXT
}

# --- uninstall ---

stop_services() {
    has_systemd || return 0
    systemctl --quiet disable --now "${system_units[@]}" hotdesk-agent-system.service 2>/dev/null || true
}

remove_files() {
    local name
    for name in hotdesk hotdesk-server hotdesk-input hotdesk-decode hotdesk-vnc hotdesk-viewer hotdesk-agent; do
        rm -f "$root$prefix/bin/$name" "$root$prefix"/share/man/man[18]/"$name".[18]
    done
    rm -f "$root$prefix"/lib/systemd/system/hotdesk-{server.service,input.service,input.socket,agent-system.service} \
        "$root$prefix"/lib/systemd/user/hotdesk-{agent,viewer}.service "$root$prefix/lib/sysusers.d/hotdesk.conf" \
        "$root$prefix"/lib/{tmpfiles.d,modules-load.d}/hotdesk.conf \
        "$root$prefix/lib/udev/rules.d/60-hotdesk-uinput.rules" \
        "$root/etc/xdg/autostart/hotdesk-agent.desktop"
    rm -rf "$root$prefix/share/doc/hotdesk"
    ! has_systemd || systemctl daemon-reload
}

case $command in
install)
    [ "$(id -u)" -eq 0 ] || die "root is needed: sudo ./dev install"
    [ -f "$build/build.ninja" ] || die "$build is not built yet: ./dev build"
    install_files
    make_users
    configure
    prepare_uinput
    start_services
    tell_what_is_next
    ;;
uninstall)
    [ "$(id -u)" -eq 0 ] || die "root is needed: sudo ./dev uninstall"
    stop_services
    remove_files
    echo "hotdesk is gone from $prefix. Still there: /etc/hotdesk, /var/lib/hotdesk, /var/lib/hotdesk-agent (keys and" \
        "pairings), users hotdesk, hotdesk-input, hotdesk-agent"
    ;;
*)
    die "it is install.sh install|uninstall BUILD"
    ;;
esac
