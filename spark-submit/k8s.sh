#!/usr/bin/env bash
# Runs a main class of RobustTrain on Kubernetes: submits a driver pod from a workstation, or is the driver in a pod.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

usage() {
  cat <<'TEXT'
Usage: spark-submit/k8s.sh [OPTIONS] MAIN_CLASS [ARGUMENTS...]

On a workstation (cluster mode): asks the API server for a driver pod, which starts the executor pods; waits for its
end and takes over its exit code. Ctrl-C ends the waiting, not the run. Files in ARGUMENTS are those of the image or
of a mounted volume: run.dir and data.path belong on volumes (--pvc) or on hdfs:// or s3a://.
In a pod (client mode): this process is the driver, see spark-submit/kubernetes/job.yaml.

Options:
  --image NAME            image of docker/Dockerfile, in a registry that the nodes can read (or ROBUSTTRAIN_IMAGE)
  --master k8s://https://HOST:PORT   the API server, as kubectl cluster-info shows it (in a pod: not needed)
  --deploy-mode MODE      cluster or client (default: client in a pod, else cluster)
  --namespace N           (default: the pod's own, else default)
  --service-account N     with the role of spark-submit/kubernetes/rbac.yaml (default: robusttrain)
  --executors N           executor pods (default: 2)
  --executor-cores N      cores of each (default: 1)
  --executor-memory M     Java heap of each, as in 6g (default: 6g)
  --executor-native M     memory of each for libtorch, beside the heap (default: 4g); heap plus this is the pod's limit
  --driver-cores N        (default: 1)
  --driver-memory M       Java heap of the driver (default: 4g, or DRIVER_MEMORY)
  --driver-native M       memory of the driver beside the heap (default: 2g)
  --pvc CLAIM:/PATH[:ro]  mounts a PersistentVolumeClaim in driver and executors; may be given again
  --secret NAME:/PATH     mounts a Secret in driver and executors, e.g. configuration files; may be given again
  --secret-env VAR=NAME:KEY  an environment variable of driver and executors from a Secret; may be given again
  --node-selector KEY=VALUE  nodes for the executor pods; may be given again
  --driver-selector KEY=VALUE  nodes for the driver pod of cluster mode; may be given again
  --executor-template FILE   pod template of the executors (default: spark-submit/kubernetes/executor.yaml)
  --driver-template FILE     pod template of the driver of cluster mode (default: spark-submit/kubernetes/driver.yaml)
  --secure NAME           authentication and encryption between the pods, with the value `secret` of the Secret NAME
  --conf KEY=VALUE        a Spark property, see spark-submit/spark.properties
  --no-wait               cluster mode: return when the driver pod is created
  --help                  this text; MAIN_CLASS --help shows the options of a main class

Environment: JAVA_HOME, SPARK_HOME, DRIVER_MEMORY, ROBUSTTRAIN_IMAGE, ROBUSTTRAIN_IMAGE_HOME (default
/opt/robusttrain), ROBUSTTRAIN_JAVA_OPTS, ROBUSTTRAIN_BUILD, OMP_WAIT_POLICY, KMP_BLOCKTIME; KUBECONFIG for the credentials.

Example:
  ./spark-submit/k8s.sh --master k8s://https://10.0.0.1:6443 --image registry.example/robusttrain:1 \
    --executors 4 --executor-cores 8 --pvc imagenet:/data:ro --pvc runs:/runs \
    RobustTrain --config conf/recipes/light.conf data.path=/data run.dir=/runs run.id=light-1

The exit code is that of the main class: 0 done, 2 wrong usage or configuration, 3 bad data,
4 training stopped by a guard, 143 stopped from outside, 1 anything else, also a driver pod that was deleted or
never started.
TEXT
}

image="${ROBUSTTRAIN_IMAGE:-}"
image_home="${ROBUSTTRAIN_IMAGE_HOME:-/opt/robusttrain}"
master=""
mode=""
namespace=""
account=robusttrain
executors=2
cores=1
executor_memory=6g
executor_native=4g
driver_cores=1
driver_memory="${DRIVER_MEMORY:-4g}"
driver_native=2g
secure=""
executor_template="$RT_SUBMIT/kubernetes/executor.yaml"
driver_template="$RT_SUBMIT/kubernetes/driver.yaml"
wait=true
pods=()
conf=()

# both KEY VALUE: a property of the driver pod and of the executor pods.
both() { pods+=(--conf "spark.kubernetes.driver.$1=$2" --conf "spark.kubernetes.executor.$1=$2"); }

# mount_claim CLAIM:/PATH[:ro]
mount_claim() {
  [[ "$1" =~ ^([a-z0-9]([-a-z0-9.]*[a-z0-9])?):(/[^:]*)(:ro)?$ ]] || rt_die "--pvc must be as in runs:/runs or imagenet:/data:ro, not '$1'" 2
  local claim="${BASH_REMATCH[1]}" path="${BASH_REMATCH[3]}" only=false
  if [[ -n "${BASH_REMATCH[4]}" ]]; then only=true; fi
  # The volume is named after the claim: a pod's volume names have no dots.
  local volume="volumes.persistentVolumeClaim.${claim//./-}"
  both "$volume.options.claimName" "$claim"
  both "$volume.mount.path" "$path"
  both "$volume.mount.readOnly" "$only"
}

mount_secret() {
  [[ "$1" =~ ^([a-z0-9]([-a-z0-9.]*[a-z0-9])?):(/[^:]*)$ ]] || rt_die "--secret must be as in configs:/etc/robusttrain, not '$1'" 2
  both "secrets.${BASH_REMATCH[1]}" "${BASH_REMATCH[3]}"
}

secret_variable() {
  [[ "$1" =~ ^([A-Za-z_][A-Za-z0-9_]*)=([a-z0-9][-a-z0-9.]*:[^:]+)$ ]] || rt_die "--secret-env must be as in AWS_SECRET_ACCESS_KEY=s3:key, not '$1'" 2
  both "secretKeyRef.${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
}

select_nodes() { # ROLE OPTION KEY=VALUE
  [[ "$3" == ?*=* ]] || rt_die "$2 must be as in pool=cpu, not '$3'" 2
  pods+=(--conf "spark.kubernetes.$1.node.selector.$3")
}

# pod_template FILE: its path, or the script ends.
pod_template() {
  [[ -f "$1" ]] || rt_die "there is no pod template $1" 2
  printf '%s/%s' "$(cd -- "$(dirname -- "$1")" && pwd -P)" "${1##*/}"
}

# Spark keeps all properties of a submission in a ConfigMap, and ps shows the command line.
refuse_secret() {
  local key="${1,,}"
  case "$key" in
    *secretkeyref* | *.secrets.* | *file | *provider | *provider.path) ;;
    *password* | *secret* | *.token | *oauthtoken | *access.key | *account.key* | *api.key)
      rt_die "$1 is a secret: it would be readable in a ConfigMap; put it into a Secret and name that with --secret-env or --secret" 2 ;;
  esac
}

while [[ $# -gt 0 ]]; do
  case "$1" in
    -h | --help) usage; exit 0 ;;
    --no-wait) wait=false; shift ;;
    --image | --master | --deploy-mode | --namespace | --service-account | --executors | --executor-cores | \
      --executor-memory | --executor-native | --driver-cores | --driver-memory | --driver-native | --pvc | --secret | \
      --secret-env | --node-selector | --driver-selector | --executor-template | --driver-template | --secure | --conf)
      [[ $# -ge 2 ]] || rt_die "$1 needs a value, see spark-submit/k8s.sh --help" 2
      case "$1" in
        --image) image="$2" ;;
        --master) master="$2" ;;
        --deploy-mode) mode="$2" ;;
        --namespace) namespace="$2" ;;
        --service-account) account="$2" ;;
        --executors) executors="$2" ;;
        --executor-cores) cores="$2" ;;
        --executor-memory) executor_memory="$2" ;;
        --executor-native) executor_native="$2" ;;
        --driver-cores) driver_cores="$2" ;;
        --driver-memory) driver_memory="$2" ;;
        --driver-native) driver_native="$2" ;;
        --pvc) mount_claim "$2" ;;
        --secret) mount_secret "$2" ;;
        --secret-env) secret_variable "$2" ;;
        --node-selector) select_nodes executor "$1" "$2" ;;
        --driver-selector) select_nodes driver "$1" "$2" ;;
        --executor-template) executor_template="$(pod_template "$2")" ;;
        --driver-template) driver_template="$(pod_template "$2")" ;;
        --secure) secure="$2" ;;
        --conf)
          refuse_secret "${2%%=*}"
          conf+=(--conf "$2") ;;
      esac
      shift 2 ;;
    -*) rt_die "unknown option $1, see spark-submit/k8s.sh --help; options of a main class follow its name" 2 ;;
    *) break ;;
  esac
done
[[ $# -ge 1 ]] || { usage >&2; exit 2; }

own_pod=/var/run/secrets/kubernetes.io/serviceaccount
if [[ -z "$mode" ]]; then
  if [[ -n "${KUBERNETES_SERVICE_HOST:-}" ]]; then mode=client; else mode=cluster; fi
fi
[[ "$mode" == cluster || "$mode" == client ]] || rt_die "--deploy-mode must be cluster or client, not '$mode'" 2
if [[ -z "$master" && -n "${KUBERNETES_SERVICE_HOST:-}" ]]; then master=k8s://https://kubernetes.default.svc; fi
[[ "$master" == k8s://http?(s)://?* ]] || rt_die "--master must be an API server as in k8s://https://10.0.0.1:6443, not '$master'" 2
[[ -n "$image" ]] || rt_die "--image is needed: the image of docker/Dockerfile, in a registry that the nodes can read" 2
rt_is_count "$executors" || rt_die "--executors must be a whole number from 1, not '$executors'" 2
rt_is_count "$cores" || rt_die "--executor-cores must be a whole number from 1, not '$cores'" 2
rt_is_count "$driver_cores" || rt_die "--driver-cores must be a whole number from 1, not '$driver_cores'" 2
for memory in "$executor_memory" "$executor_native" "$driver_memory" "$driver_native"; do
  [[ "$memory" =~ ^[1-9][0-9]*[mMgG]$ ]] || rt_die "a memory size must be as in 6g or 512m, not '$memory'" 2
done
if [[ -z "$namespace" ]]; then
  if [[ -r "$own_pod/namespace" ]]; then namespace="$(<"$own_pod/namespace")"; else namespace=default; fi
fi
if [[ -n "$secure" ]]; then
  # A file: Spark writes a secret that it knows otherwise into the pods' specification, for all who may read pods.
  mount_secret "$secure:$image_home/auth"
  conf+=(--conf "spark.authenticate.secret.file=$image_home/auth/secret")
  while IFS= read -r line; do conf+=(--conf "$line"); done < <(rt_secure_settings)
fi

rt_check_machine
rt_build
rt_environment
rt_check_main "$1"
driver_arenas="${MALLOC_ARENA_MAX:-$((8 * driver_cores))}"
rt_threads "$cores"

# Everything in the pods is at the image's own paths; log4j2.properties and the class path order as rt_environment has them.
image_classpath="$image_home/spark-submit/spark-home/conf:$image_home/target/robusttrain.jar:$image_home/target/app-lib/*"
options="$(rt_java_options_string)"
native=()
for name in "${RT_NATIVE_ENV[@]}"; do
  value="${!name}"
  native+=(--conf "spark.executorEnv.$name=$value")
  case "$name" in
    OMP_NUM_THREADS) value="$driver_cores" ;;
    MALLOC_ARENA_MAX) value="$driver_arenas" ;;
  esac
  native+=(--conf "spark.kubernetes.driverEnv.$name=$value")
done

settings=(--master "$master"
  --deploy-mode "$mode"
  --properties-file "$RT_SUBMIT/spark.properties"
  --driver-memory "$driver_memory"
  --executor-memory "$executor_memory"
  --conf "spark.kubernetes.container.image=$image"
  --conf "spark.kubernetes.namespace=$namespace"
  --conf "spark.kubernetes.authenticate.driver.serviceAccountName=$account"
  --conf "spark.kubernetes.executor.podTemplateFile=$executor_template"
  --conf spark.kubernetes.executor.podTemplateContainerName=executor
  # Executors find all they need in the image and ask the driver for their settings. The driver's service goes with its pod,
  # and it makes no volume claims: with these four it needs rights on pods alone.
  --conf spark.kubernetes.executor.disableConfigMap=true
  --conf spark.kubernetes.driver.service.deleteOnTermination=false
  --conf spark.kubernetes.driver.ownPersistentVolumeClaim=false
  --conf spark.kubernetes.driver.reusePersistentVolumeClaim=false
  --conf "spark.executor.instances=$executors"
  --conf "spark.executor.cores=$cores"
  # BigDL counts the replicas from these two.
  --conf "spark.cores.max=$((executors * cores))"
  --conf "spark.executor.memoryOverhead=$executor_native"
  --conf "spark.driver.cores=$driver_cores"
  --conf "spark.driver.memoryOverhead=$driver_native"
  --conf "spark.driver.extraClassPath=$image_classpath"
  --conf "spark.executor.extraClassPath=$image_classpath"
  --conf "spark.executor.extraJavaOptions=$options"
  "${native[@]}"
  ${pods[@]+"${pods[@]}"})

if [[ "$mode" == client ]]; then
  # The pod's service account talks to the API server. The executors connect to the name of the headless service.
  settings+=(--conf "spark.kubernetes.authenticate.caCertFile=$own_pod/ca.crt"
    --conf "spark.kubernetes.authenticate.oauthTokenFile=$own_pod/token"
    --conf "spark.driver.host=${DRIVER_HOST:-$(hostname -i | cut -d ' ' -f 1)}"
    --conf spark.driver.bindAddress=0.0.0.0
    --conf spark.driver.port=7078
    --conf spark.driver.blockManager.port=7079)
  # Executors belong to the driver's pod: Kubernetes removes them with it.
  if [[ -n "${POD_NAME:-}" ]]; then settings+=(--conf "spark.kubernetes.driver.pod.name=$POD_NAME"); fi
  export OMP_NUM_THREADS="$driver_cores" MALLOC_ARENA_MAX="$driver_arenas"
  main="$1"
  shift
  exec "$RT_JAVA" "${RT_JAVA_OPTIONS[@]}" "-Xmx$driver_memory" -cp "$RT_CLASSPATH" \
    org.apache.spark.deploy.SparkSubmit "${settings[@]}" ${conf[@]+"${conf[@]}"} --class "$main" "$RT_APP_JAR" "$@"
fi

settings+=(--conf "spark.driver.extraJavaOptions=$options"
  --conf "spark.kubernetes.driver.podTemplateFile=$driver_template"
  --conf spark.kubernetes.driver.podTemplateContainerName=driver
  --conf "spark.kubernetes.submission.waitAppCompletion=$wait")
main="$1"
shift
mkdir -p "$RT_TARGET"
log="$(mktemp "$RT_TARGET/k8s-XXXXXX.log")"
trap 'rm -f "$log"' EXIT
code=0
SPARK_LOCAL_IP=127.0.0.1 "$RT_JAVA" "${RT_JAVA_OPTIONS[@]}" -Xmx512m \
  -cp "$RT_SUBMIT/daemons:$SPARK_HOME/jars/*" \
  org.apache.spark.deploy.SparkSubmit "${settings[@]}" ${conf[@]+"${conf[@]}"} --class "$main" \
  "local://$image_home/target/robusttrain.jar" "$@" 2>&1 | tee "$log" >&2 || code=$?
if [[ $code -ne 0 || $wait == false ]]; then exit "$code"; fi
# Spark ends with 0 whatever the driver did; what its pod ended with is in the last lines that it logs.
# A template may add containers to the driver's.
ended="$(awk '$1 == "container" && $2 == "name:" { driver = $3 == "driver" }
  driver && $1 == "exit" && $2 == "code:" { code = $3 } END { print code }' "$log")"
[[ -n "$ended" ]] || rt_die "the driver pod ended without an exit code: it was deleted or never started; the same run.id continues the run"
exit "$ended"
