# Run in a container: all of it that a payload can see. Times, ids of mounts and inodes are left out.
sed 's/^[0-9]* [0-9]* [0-9:]* //; s/ master:[0-9]*//' /proc/self/mountinfo
ls -ln /dev /dev/pts /dev/shm | sed 's/\(.*[0-9]\) [A-Z][a-z][a-z] .[0-9] .....\( .*\)/\1\2/'
grep -E '^(Uid|Gid|Groups|Umask|Cap|NoNewPrivs|Seccomp)' /proc/self/status
for map in uid_map gid_map setgroups cgroup; do sed "s/^/$map: /" /proc/self/$map; done
for ns in cgroup ipc mnt net pid time user uts; do
  if [ "$(readlink /proc/self/ns/$ns)" = "$(eval echo \$host_$ns)" ]; then echo "$ns: host"; else echo "$ns: own"; fi
done
echo "pid, process group, session: $$ $(cut -d ' ' -f 5,6 /proc/$$/stat)"
cat /proc/self/limits /proc/self/oom_score_adj /sys/class/net/lo/flags
for fd in /proc/$$/fd/*; do echo "fd: ${fd##*/}"; done
echo "$(hostname) $PWD $PATH $TERM"
