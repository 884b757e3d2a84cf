#!/bin/sh
# Run by support/systemd.py: a systemd in its own namespaces, which can change nothing outside its directory.
#   systemd.sh enter SCOPE HOME   makes a control group named after this process and enters it and the namespaces
#   systemd.sh SCOPE HOME         is the first process there; SCOPE: user or system
#   systemd.sh leave HOME GROUP   removes the control group, once nobody is in it
# KEEP: the directories, apart from those of the distribution, that Python and the project lie in.
set -eu
umask 022
scope=$1

enter() {
    mount -t cgroup2 cgroup2 "$2/cgroup"
    mkdir "$2/cgroup/steadyvoice-test-$$"
    echo $$ > "$2/cgroup/steadyvoice-test-$$/cgroup.procs"
    exec unshare --fork --pid --mount --cgroup --mount-proc --kill-child "$0" "$1" "$2"
}

leave() {
    mount -t cgroup2 cgroup2 "$1/cgroup"
    find "$1/cgroup/$2" -depth -type d -exec rmdir {} +
}

common() {
    cd /
    umount "$home/cgroup"
    mount -t tmpfs tmpfs /run
    mount -t tmpfs tmpfs /dev/shm
    mount -t cgroup2 cgroup2 /sys/fs/cgroup
    mkdir -p /run/systemd/system /run/systemd/journald.conf.d
    # Nothing of the kernel's: its log and its audit trail are the whole machine's.
    printf '[Journal]\nAudit=no\nReadKMsg=no\nStorage=volatile\n' > /run/systemd/journald.conf.d/test.conf
}

user() {
    /lib/systemd/systemd-journald &
    until [ -S /run/systemd/journal/stdout ]; do sleep 0.01; done
    # The user's own units and the distribution's, none that the machine has enabled for all users.
    SYSTEMD_UNIT_PATH=$HOME/.config/systemd/user:/usr/lib/systemd/user /lib/systemd/systemd --user --log-target=journal
}

system() {
    number=0
    for path in $KEEP; do
        number=$((number + 1))
        mkdir -p /run/keep/$number
        mount --bind "$path" /run/keep/$number
    done
    mkdir /run/etc
    cp -a /etc/. /run/etc
    # A whole systemd empties /tmp and writes to /var and /etc: here these are others, and all else cannot be written.
    # An ordinary user must reach svd, which the real directories, such as /root, may not allow.
    for top in /tmp /var $(for path in $KEEP; do echo "$path" | cut -d/ -f1-2; done | sort -u); do
        mount -t tmpfs -o mode=755 tmpfs "$top"
    done
    chmod 1777 /tmp
    number=0
    for path in $KEEP; do
        number=$((number + 1))
        mkdir -p "$path"
        mount --move /run/keep/$number "$path"
    done
    mount --bind /run/etc /etc
    mkdir -p /var/cache /var/lib /var/log /var/tmp
    mount -o remount,bind,ro /
    # Only these units, none that the machine has enabled.
    units=/etc/systemd/system
    rm -rf $units
    mkdir -p $units/sockets.target.wants
    for unit in basic local-fs multi-user shutdown slices sockets sound sysinit umount; do
        ln -s /lib/systemd/system/$unit.target $units
    done
    ln -s /lib/systemd/system/systemd-journald.service /lib/systemd/system/systemd-journald.socket $units
    ln -s ../systemd-journald.socket $units/sockets.target.wants
    exec env -i container=test PATH="$PATH" SYSTEMD_UNIT_PATH=$units \
        /lib/systemd/systemd --system --unit=multi-user.target --log-target=journal --show-status=no
}

shift
case $scope in
    enter) enter "$1" "$2" ;;
    leave) leave "$1" "$2" ;;
    *) home=$1; common; $scope ;;
esac
