#!/usr/bin/env bash
# Trains on several hosts that this machine pretends to be: network namespaces with their own addresses on one
# switch. Nothing of it is visible outside of the script, and nothing is left when it ends.
set -euo pipefail
# shellcheck source=chaos.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/chaos.sh"

usage() {
  cat <<'TEXT'
Usage: src/test/scripts/several-hosts.sh [OPTIONS] MAIN_CLASS [ARGUMENTS...]

Runs MAIN_CLASS on a Spark standalone cluster of the hosts driver, master, worker-1, worker-2 ..., each a network
namespace with an address of its own (10.77.0.1, .2, .3 ...) behind one switch.

Options:
  --workers N          hosts with an executor of one core each (default: 2)
  --executor-memory M  Java heap of each executor (default: 1g)
  --driver-memory M    Java heap of the driver (default: 1g)
  --conf KEY=VALUE     a Spark property
  --cut HOST           pull the host's network cable once while the run trains
  --at-step N          ... when this step is in the metrics (default: 20)
  --seconds S          ... and plug it in again after this time (default: 60)
  --metrics FILE       ... the metrics.jsonl of the run, needed for --cut
  --slow HOST          delay every frame that the host sends
  --by MILLIS          ... by this time (default: 200)
  --rate RATE          let no cable carry more in either direction, such as 1gbit or 10gbit

The exit code is that of the main class, or 77 where this machine cannot do it; the reason is printed.
Needs root, or a kernel that lets users make namespaces. --slow needs the kernel's netem, or python3 and /dev/net/tun;
--rate needs its tbf.
TEXT
}

workers=2
memory=1g
driver_memory=1g
cut=""
at_step=20
seconds=60
metrics=""
slow=""
millis=200
rate=""
conf=()
arguments=("$@")
while [[ $# -gt 0 ]]; do
  case "$1" in
    -h | --help) usage; exit 0 ;;
    --workers | --executor-memory | --driver-memory | --conf | --cut | --at-step | --seconds | --metrics | --slow | --by | --rate)
      [[ $# -ge 2 ]] || rt_die "$1 needs a value, see --help" 2
      case "$1" in
        --workers) workers="$2" ;;
        --executor-memory) memory="$2" ;;
        --driver-memory) driver_memory="$2" ;;
        --conf) conf+=(--conf "$2") ;;
        --cut) cut="$2" ;;
        --at-step) at_step="$2" ;;
        --seconds) seconds="$2" ;;
        --metrics) metrics="$2" ;;
        --slow) slow="$2" ;;
        --by) millis="$2" ;;
        --rate) rate="$2" ;;
      esac
      shift 2 ;;
    -*) rt_die "unknown option $1, see --help" 2 ;;
    *) break ;;
  esac
done
[[ $# -ge 1 ]] || { usage >&2; exit 2; }
for number in "$workers" "$at_step" "$seconds" "$millis"; do
  rt_is_count "$number" || rt_die "$number must be a whole number from 1" 2
done
[[ -z "$rate" || "$rate" =~ ^[1-9][0-9]*(k|m|g)bit$ ]] || rt_die "--rate must be such as 1gbit, not $rate" 2
[[ -z "$rate" || -z "$slow" ]] || rt_die "--rate and --slow shape the same cables: give one of them" 2
[[ -z "$cut" || -n "$metrics" ]] || rt_die "--cut needs --metrics, which tells when" 2

cannot() { rt_die "cannot build several hosts here: $1" 77; }

# Once more, in namespaces of our own.
if [[ "${SEVERAL_HOSTS:-}" != inside ]]; then
  [[ -n "$(type -P ip || true)" ]] || cannot "there is no command ip, on Debian and Ubuntu: apt-get install iproute2"
  [[ -n "$(type -P unshare || true)" ]] || cannot "there is no command unshare, on Debian and Ubuntu: apt-get install util-linux"
  for namespaces in -mn -rmn; do
    if unshare "$namespaces" ip link add type veth 2>/dev/null; then
      SEVERAL_HOSTS=inside exec unshare "$namespaces" bash "${BASH_SOURCE[0]}" "${arguments[@]}"
    fi
  done
  cannot "neither as this user nor in a user namespace may network namespaces be made"
fi

rt_check_machine
rt_build
rt_environment
rt_check_main "$1"

hosts=(driver master)
for ((i = 1; i <= workers; i++)); do hosts+=("worker-$i"); done
driver=""
others=()
run="$(mktemp -d "$RT_TARGET/several-hosts-XXXXXX")"

on_exit() {
  local code=$? pid
  trap - EXIT
  trap '' INT TERM HUP
  if [[ -n "$driver" ]] && kill -0 "$driver" 2>/dev/null; then
    kill -TERM "$driver" 2>/dev/null || true
    rt_wait_gone "$driver" 60 || kill -KILL "$driver" 2>/dev/null || true
  fi
  # Before the daemons, which are waited for as all children are.
  for pid in ${others[@]+"${others[@]}"}; do kill -KILL "$pid" 2>/dev/null || true; done
  rt_stop_daemons
  rm -rf "$run/local"
  if [[ $code -eq 0 || $code -eq 77 ]]; then rm -rf "$run"; else rt_say "Logs of the cluster: $run (executors: work/*/app-*/*/stderr)"; fi
  exit "$code"
}
trap on_exit EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

address() { # HOST
  local i
  for i in "${!hosts[@]}"; do
    if [[ "${hosts[i]}" == "$1" ]]; then printf '10.77.0.%d' "$((i + 1))"; return; fi
  done
  rt_die "there is no host $1, there are: ${hosts[*]}" 2
}

on() { # HOST COMMAND...
  ip netns exec "$1" env SPARK_LOCAL_IP="$(address "$1")" "${@:2}"
}

# A cable from a host to the switch: eth0 and to-HOST.
plug() { # HOST
  if [[ "$1" == "$slow" ]] && ! has_netem; then
    plug_through_delay "$1"
  else
    ip link add "to-$1" type veth peer name eth0 netns "$1"
  fi
  ip link set "to-$1" master switch up
  ip -n "$1" addr add "$(address "$1")/24" dev eth0
  ip -n "$1" link set eth0 up
  ip -n "$1" link set lo up
  if [[ "$1" == "$slow" ]] && has_netem; then
    ip netns exec "$1" tc qdisc add dev eth0 root netem delay "${millis}ms" limit 100000
    rt_say "$1: netem delays what it sends by $millis ms."
  fi
  if [[ -n "$rate" ]]; then
    # What the host sends, and what the switch sends to it. A burst is what a timer's tick lets through at 10 Gbit/s.
    ip netns exec "$1" tc qdisc add dev eth0 root tbf rate "$rate" burst 5mb latency 50ms || cannot "this kernel has no tbf"
    tc qdisc add dev "to-$1" root tbf rate "$rate" burst 5mb latency 50ms || cannot "this kernel has no tbf"
  fi
}

has_netem() {
  [[ -n "$(type -P tc || true)" ]] && tc qdisc add dev lo root netem delay 1ms 2>/dev/null && tc qdisc del dev lo root
}

# Without netem a process stands in the cable and passes frames on, those of the host late.
plug_through_delay() { # HOST
  [[ -n "$(type -P python3 || true)" ]] || cannot "this kernel has no netem, and there is no python3 to delay frames instead"
  [[ -r /dev/net/tun && -w /dev/net/tun ]] || cannot "this kernel has no netem, and /dev/net/tun may not be opened to delay frames instead"
  python3 "$(dirname -- "${BASH_SOURCE[0]}")/delay.py" "to-$1" "far-$1" "$millis" &
  others+=("$!")
  local deadline=$((SECONDS + 10))
  until ip link show "far-$1" >/dev/null 2>&1; do
    [[ $SECONDS -lt $deadline ]] || cannot "no delay in the cable of $1 within 10 s"
    sleep 0.1
  done
  ip link set "far-$1" netns "$1" name eth0
  rt_say "$1: this kernel has no netem, a process delays what it sends by $millis ms."
}

build_network() {
  local host
  # The names of namespaces are mounts: in a folder that nobody else sees.
  mount -t tmpfs tmpfs /run
  mkdir /run/netns
  { printf '127.0.0.1 localhost %s\n' "$(uname -n)"; for host in "${hosts[@]}"; do printf '%s %s\n' "$(address "$host")" "$host"; done; } >"$run/hosts"
  mount --bind "$run/hosts" /etc/hosts
  # No name server can be reached: nobody waits for one.
  : >"$run/resolv.conf"
  mount --bind "$run/resolv.conf" "$(readlink -f /etc/resolv.conf)" 2>/dev/null || true
  ip link set lo up
  ip link add switch type bridge
  ip link set switch up
  for host in "${hosts[@]}"; do
    ip netns add "$host"
    plug "$host"
  done
}

steps() {
  if [[ -f "$metrics" ]]; then grep -c '"kind":"step"' "$metrics" || true; else printf 0; fi
}

cut_off() {
  while [[ "$(steps)" -lt "$at_step" ]]; do sleep 0.2; done
  ip link set "to-$cut" down
  rt_say "$cut cut off after $(steps) steps."
  sleep "$seconds"
  ip link set "to-$cut" up
  rt_say "$cut back on the network after $seconds s, $(steps) steps."
}

[[ -z "$cut" ]] || address "$cut" >/dev/null
[[ -z "$slow" ]] || address "$slow" >/dev/null
build_network
rt_threads 1
mkdir "$run/local" "$run/work"
export SPARK_LOCAL_DIRS="$run/local"
on_host() { RT_DAEMON_PREFIX=(ip netns exec "$1" env "SPARK_LOCAL_IP=$(address "$1")"); }
on_host master
rt_start_master "$run/master.log" "$(address master)"
for ((i = 1; i <= workers; i++)); do
  on_host "worker-$i"
  rt_start_worker "$run/worker-$i.log" "$(address "worker-$i")" "$RT_MASTER" "$run/work/$i" 1 "$memory"
done
for ((i = 1; i <= workers; i++)); do
  rt_await_line "$run/worker-$i.log" 'Successfully registered with master' "worker $i"
done
rt_say "Hosts: $(for host in "${hosts[@]}"; do printf '%s %s  ' "$host" "$(address "$host")"; done)"

if [[ -n "$cut" ]]; then
  cut_off &
  others+=("$!")
fi
code=0
on driver bash "$RT_SUBMIT/standalone.sh" --master "$RT_MASTER" --workers "$workers" --executor-memory "$memory" \
  --driver-memory "$driver_memory" --conf "spark.driver.host=$(address driver)" ${conf[@]+"${conf[@]}"} "$@" &
driver=$!
wait "$driver" || code=$?
driver=""
exit "$code"
