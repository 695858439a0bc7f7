package io.robusttrain.doctor.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.base.HadoopSettings;
import io.robusttrain.doctor.Clocks;
import io.robusttrain.doctor.Demands;
import io.robusttrain.doctor.Demands.Network;
import io.robusttrain.doctor.NetworkCheck;
import io.robusttrain.doctor.NetworkProbe;
import io.robusttrain.doctor.SparkSettings;
import io.robusttrain.doctor.check.Finding.Verdict;
import io.robusttrain.doctor.check.Place.Role;
import io.robusttrain.storage.CommitProtocol;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What each check makes of facts, which are made up here. */
class JudgementTest {
  private static final Place DRIVER = new Place(Role.DRIVER, "driver", "alpha");
  private static final Place ONE = new Place(Role.EXECUTOR, "0", "beta");
  private static final Place TWO = new Place(Role.EXECUTOR, "1", "beta");
  private static final long GB = 1L << 30;

  @Test
  void javaThatIsTooOldFails() {
    JavaCheck.Facts facts =
        new JavaCheck.Facts(11, "11.0.2+9", "Debian", "/usr/lib/jvm/11", new ArrayList<>());
    assertTrouble(
        new JavaCheck().judge(ONE, facts),
        Verdict.FAILED,
        "Java 11.0.2+9 in /usr/lib/jvm/11; RobustTrain needs 17 to 25",
        "install a JDK 17 there and point JAVA_HOME to it (spark.executorEnv.JAVA_HOME on YARN)");
  }

  @Test
  void closedPackagesFail() {
    JavaCheck.Facts facts = java(List.of("java.nio", "sun.nio.ch"));
    assertTrouble(
        new JavaCheck().judge(ONE, facts),
        Verdict.FAILED,
        "not opened to Spark: java.base/java.nio, sun.nio.ch",
        "put the lines of spark-submit/jvm.options into spark.executor.extraJavaOptions");
    assertThat(new JavaCheck().judge(DRIVER, facts).get(0).remedy())
        .startsWith("start with a script of spark-submit/");
  }

  @Test
  void javaThatNothingWasSeenOnFails() {
    JavaCheck.Facts facts = new JavaCheck.Facts(26, "26+35", "Temurin", "/jdk", new ArrayList<>());
    assertTrouble(
        new JavaCheck().judge(ONE, facts),
        Verdict.FAILED,
        "Java 26+35 in /jdk; RobustTrain needs 17 to 25",
        "install a JDK 17 there and point JAVA_HOME to it (spark.executorEnv.JAVA_HOME on YARN)");
  }

  @Test
  void twoJavasAreAWarning() {
    JavaCheck.Facts other =
        new JavaCheck.Facts(17, "17.0.2+8", "Oracle", "/jdk", new ArrayList<>());
    List<Line> lines =
        new JavaCheck().compare(new TreeMap<>(Map.of(ONE, java(List.of()), TWO, other)));
    assertThat(lines).hasSize(1);
    assertTrouble(
        List.of(lines.get(0).finding()),
        Verdict.WARNING,
        "different Javas: 17.0.15+6, Debian and 17.0.2+8, Oracle",
        "install one JDK 17 on all hosts: results may differ in the last digits otherwise");
  }

  @Test
  void missingOrDifferentLibrariesFail() {
    LibrariesCheck check = new LibrariesCheck();
    assertTrouble(
        check.judge(ONE, libraries("2.10.0", List.of("libiomp5"), 0, "oneMKL")),
        Verdict.FAILED,
        "not in the process after loading: libiomp5",
        "put all jars of target/app-lib on the class path, those with linux-x86_64 in their names too");
    assertTrouble(
        check.judge(ONE, libraries("2.10.0", List.of(), 4 * GB, "oneMKL")),
        Verdict.FAILED,
        "JavaCPP stops the process at 4.0 GB of memory",
        "add -Dorg.bytedeco.javacpp.maxPhysicalBytes=0 to the JVM's options, see spark-submit/jvm.options");
    assertTrouble(
        check.judge(ONE, libraries("2.10.0", List.of(), 0, "OpenBLAS")),
        Verdict.WARNING,
        "matrix products run on OpenBLAS, as a JVM option says; on this processor oneMKL is up to twice as fast",
        "leave -Dorg.bytedeco.openblas.load out of the JVM's options");
    List<Line> lines =
        check.compare(
            new TreeMap<>(
                Map.of(
                    ONE, libraries("2.10.0", List.of(), 0, "oneMKL"),
                    TWO, libraries("2.9.0", List.of(), 0, "oneMKL"))));
    assertTrouble(
        List.of(lines.get(0).finding()),
        Verdict.FAILED,
        "different versions: {libtorch=2.10.0} and {libtorch=2.9.0}",
        "use the same target/app-lib on all hosts: executors must compute the same gradients");
  }

  @Test
  void theFirstUseThatUnpacksSaysSo() {
    LibrariesCheck.Facts facts =
        new LibrariesCheck.Facts(
            new TreeMap<>(Map.of("libtorch", "2.10.0")),
            new ArrayList<>(),
            0,
            "oneMKL",
            "oneMKL",
            true,
            18.2);
    assertThat(new LibrariesCheck().judge(ONE, facts))
        .containsExactly(
            Finding.ok("libtorch 2.10.0, OpenMP loaded; unpacked in 18 s, once for each host"));
  }

  @Test
  void theCacheFolderMustBeWritableAndHaveRoom() {
    CacheCheck check = new CacheCheck();
    String remedy =
        "set -Dorg.bytedeco.javacpp.cachedir to a folder with 1 GB on a local disk, for driver and executors";
    assertTrouble(
        check.judge(ONE, new CacheCheck.Facts("/home/u/.javacpp", true, GB, "read-only")),
        Verdict.FAILED,
        "cannot write to /home/u/.javacpp (read-only)",
        remedy);
    assertTrouble(
        check.judge(ONE, new CacheCheck.Facts("/c", false, 300L << 20, "")),
        Verdict.FAILED,
        "/c has 300 MB free; the native libraries need 1 GB at the first use",
        remedy);
    assertThat(check.judge(ONE, new CacheCheck.Facts("/c", true, 0, "")).get(0).verdict())
        .isEqualTo(Verdict.OK);
    assertThat(check.judge(ONE, new CacheCheck.Facts("/c", false, 2 * GB, "")))
        .containsExactly(
            Finding.ok("/c: empty, the first use unpacks 1 GB and takes about 18 s longer"));
  }

  @Test
  void theMachineNeedsItsPlatformAndCLibrary() {
    MachineCheck check = new MachineCheck();
    assertTrouble(
        check.judge(ONE, machine("2.34", "avx2")),
        Verdict.FAILED,
        "glibc 2.34; the native libraries need glibc 2.35 or newer",
        "use Debian 12, Ubuntu 22.04 or newer, or a container of docker/Dockerfile");
    assertThat(check.judge(ONE, machine("", "avx2")).get(0).text()).startsWith("no GNU C library");
    assertTrouble(
        check.judge(ONE, machine("2.35", "no avx2")),
        Verdict.WARNING,
        "the processor has no AVX2: arithmetic takes several times as long",
        "choose hosts with AVX2 (Intel since 2013, AMD since 2015)");
    assertTrouble(
        check.judge(ONE, new MachineCheck.Facts("Linux", "aarch64", "2.36", "unknown", true)),
        Verdict.FAILED,
        "Linux aarch64; the native libraries are built for Linux x86_64",
        "run on Linux x86_64, or in a container of docker/Dockerfile there");
    assertTrouble(
        check.judge(ONE, new MachineCheck.Facts("Linux", "amd64", "2.36", "avx512", false)),
        Verdict.WARNING,
        "the processor does not say what caches it has, which oneDNN needs to convolve: matrix products do it instead and take longer",
        "choose hosts where lscpu --caches prints some");
    assertThat(check.judge(ONE, machine("3.0", "avx2")).get(0).verdict()).isEqualTo(Verdict.OK);
    List<Line> lines =
        check.compare(
            new TreeMap<>(
                Map.of(
                    DRIVER, machine("2.36", "no avx2"),
                    ONE, machine("2.36", "avx2"),
                    TWO, machine("2.36", "avx512"))));
    assertThat(lines.get(0).places()).containsExactly(ONE, TWO);
    assertTrouble(
        List.of(lines.get(0).finding()),
        Verdict.WARNING,
        "executors have different processors: avx2 and avx512",
        "put executors on hosts of one kind: the slowest one sets the pace of every step");
  }

  @Test
  void moreThreadsThanCoresAreAWarning() {
    ThreadsCheck check = new ThreadsCheck(4);
    assertTrouble(
        check.judge(ONE, threads(2)),
        Verdict.WARNING,
        "Spark gives an executor 4 cores, the host or its container has 2",
        "lower --executor-cores to 2, or raise the container's processor limit: threads that fight for a core cost up to ten times the time");
    assertTrouble(
        check.judge(ONE, threads(4, "OMP_WAIT_POLICY", "ACTIVE")),
        Verdict.WARNING,
        "OMP_WAIT_POLICY is ACTIVE: waiting threads spin, which costs up to ten times the time on busy cores",
        "set spark.executorEnv.OMP_WAIT_POLICY=PASSIVE, as the scripts of spark-submit/ do");
    for (String spin : List.of("0", "5", "200", "infinite")) {
      assertTrouble(
          check.judge(ONE, threads(4, "KMP_BLOCKTIME", spin)),
          Verdict.WARNING,
          "KMP_BLOCKTIME is "
              + spin
              + ": threads that sleep at once cost up to half of a step, those that spin for long two thirds beside another process",
          "set spark.executorEnv.KMP_BLOCKTIME=1, as the scripts of spark-submit/ do");
    }
    assertTrouble(
        check.judge(ONE, threads(4, "OMP_NUM_THREADS", "64")),
        Verdict.WARNING,
        "OMP_NUM_THREADS is 64, Spark gives an executor 4",
        "set spark.executorEnv.OMP_NUM_THREADS=4, as the scripts of spark-submit/ do");
    assertTrouble(
        check.judge(ONE, threads(4, "MALLOC_ARENA_MAX", "1")),
        Verdict.WARNING,
        "MALLOC_ARENA_MAX is 1 for 4 cores: threads that share an arena wait for each other at every tensor, which takes up to twice the time",
        "set spark.executorEnv.MALLOC_ARENA_MAX=32, as the scripts of spark-submit/ do");
    ThreadsCheck.Facts bare = new ThreadsCheck.Facts(4, new TreeMap<>());
    assertThat(check.judge(ONE, bare))
        .extracting(Finding::text)
        .hasSize(4)
        .last()
        .isEqualTo(
            "MALLOC_ARENA_MAX, MALLOC_MMAP_MAX_, MALLOC_TRIM_THRESHOLD_, MALLOC_TOP_PAD_ not set: malloc gives pages back and faults them in again, a fifth of a step's time");
    assertThat(check.judge(DRIVER, bare)).extracting(Finding::verdict).containsExactly(Verdict.OK);
  }

  @Test
  void aRunThatDoesNotFitIntoMemoryFails() {
    MemoryCheck check = new MemoryCheck(2 * GB, 3 * GB);
    assertTrouble(
        check.judge(ONE, new MemoryCheck.Facts(GB, 64 * GB, 64 * GB)),
        Verdict.FAILED,
        "heap 1.0 GB, limit of the process 64 GB; the run needs 2.0 GB of heap",
        "raise --executor-memory (--driver-memory with a local master), or lower data.cache-memory, data.shuffle-window or train.micro-batch");
    assertTrouble(
        check.judge(ONE, new MemoryCheck.Facts(2 * GB, 64 * GB, 4 * GB)),
        Verdict.FAILED,
        "heap 2.0 GB, limit of the process 4.0 GB; the run needs 2.0 GB of heap and 3.0 GB beside it",
        "raise the container's memory (spark.executor.memoryOverhead on YARN and Kubernetes), or lower train.micro-batch");
    assertTrouble(
        check.judge(ONE, new MemoryCheck.Facts(6 * GB, 64 * GB, 8 * GB)),
        Verdict.WARNING,
        "heap 6.0 GB, limit of the process 8.0 GB; a full heap and 3.0 GB of native memory do not fit",
        "lower --executor-memory: libtorch's memory is outside of the heap");
    assertThat(check.judge(DRIVER, new MemoryCheck.Facts(GB, 2 * GB, 2 * GB)).get(0).verdict())
        .isEqualTo(Verdict.OK);
  }

  @Test
  void executorsOfOneHostShareItsMemory() {
    MemoryCheck check = new MemoryCheck(2 * GB, 3 * GB);
    MemoryCheck.Facts eight = new MemoryCheck.Facts(2 * GB, 8 * GB, 8 * GB);
    List<Line> lines = check.compare(new TreeMap<>(Map.of(ONE, eight, TWO, eight, DRIVER, eight)));
    assertThat(lines).hasSize(1);
    assertThat(lines.get(0).places()).containsExactly(ONE, TWO);
    assertTrouble(
        List.of(lines.get(0).finding()),
        Verdict.FAILED,
        "2 processes on beta, which has 8.0 GB: the run needs 10 GB",
        "start fewer executors a host, or lower train.micro-batch");
    MemoryCheck.Facts twelve = new MemoryCheck.Facts(6 * GB, 12 * GB, 12 * GB);
    assertTrouble(
        List.of(check.compare(new TreeMap<>(Map.of(ONE, twelve, TWO, twelve))).get(0).finding()),
        Verdict.WARNING,
        "2 processes on beta, which has 12 GB: their heaps may grow to 12 GB, and 6.0 GB are needed beside them",
        "lower --executor-memory or --driver-memory: the kernel ends a process when memory runs out");
  }

  @Test
  void lowLimitsAreWarnings() {
    assertThat(
            new LimitsCheck().judge(ONE, new LimitsCheck.Facts(1024, 500, "/", "denied", "never")))
        .containsExactly(
            Finding.warning(
                "a process may open 1024 files",
                "raise it to 4096 or more: ulimit -n, LimitNOFILE of the worker's service"),
            Finding.warning(
                "the user may have 500 processes and threads",
                "raise it to 1024 or more: ulimit -u, pids limit of the container"),
            Finding.warning(
                "the working directory / is not writable: a crash leaves no report there",
                "start in a writable folder, or set -XX:ErrorFile=/tmp/hs_err_%p.log"));
  }

  @Test
  void aDeviceThatIsNotThereFails() {
    DeviceCheck check = new DeviceCheck("cuda");
    assertTrouble(
        check.judge(ONE, new DeviceCheck.Facts(false, false, "")),
        Verdict.FAILED,
        "device=cuda, but no NVIDIA driver is loaded",
        "use device=cpu, or hosts with an NVIDIA GPU and driver");
    assertTrouble(
        check.judge(ONE, new DeviceCheck.Facts(false, true, "")),
        Verdict.FAILED,
        "device=cuda, an NVIDIA driver is there, but libtorch finds no GPU",
        "build with the GPU profile, install CUDA and cuDNN of its version, check CUDA_VISIBLE_DEVICES");
    assertThat(check.judge(ONE, new DeviceCheck.Facts(true, true, "H100, 81559 MiB, 580.1")))
        .containsExactly(Finding.ok("cuda: H100, 81559 MiB, 580.1"));
    assertThat(new DeviceCheck("cpu").judge(ONE, new DeviceCheck.Facts(true, false, "")))
        .containsExactly(Finding.ok("cpu; a GPU is not used"));
  }

  @Test
  void dataThatAnExecutorCannotRead() {
    DataCheck check = new DataCheck(new ArrayList<>(), 0, new HadoopSettings(new TreeMap<>()));
    assertTrouble(
        check.judge(ONE, new DataCheck.Facts(1, 0, "file:/data/train.parquet (not found)")),
        Verdict.FAILED,
        "cannot read file:/data/train.parquet (not found)",
        "put data.path where every executor sees it under the same name: hdfs://, s3a:// or a shared disk");
    assertThat(check.judge(ONE, new DataCheck.Facts(3, 6, "")))
        .containsExactly(Finding.ok("3 shards open, 6 images decode"));
  }

  @Test
  void executorsMustSeeAndWriteTheRunDirectory() {
    RunDirectoryCheck check =
        new RunDirectoryCheck("file:/runs/.doctor-1", new HadoopSettings(new TreeMap<>()));
    assertTrouble(
        check.judge(ONE, new RunDirectoryCheck.Facts(false, "")),
        Verdict.FAILED,
        "does not see what the driver writes to file:/runs",
        "set run.dir to a file system that all hosts share: hdfs://, s3a:// or a shared disk; executors write their parts of a checkpoint there");
    assertTrouble(
        check.judge(ONE, new RunDirectoryCheck.Facts(true, "Permission denied")),
        Verdict.FAILED,
        "cannot write to file:/runs (Permission denied)",
        "let the user of the executors write there (HADOOP_USER_NAME, permissions, quota), or set another run.dir");
    List<Line> unseen =
        RunDirectoryCheck.unseen(List.of(ONE, TWO), List.of("driver.txt", "executor-0.txt"));
    assertThat(unseen.get(0).places()).containsExactly(TWO);
    assertTrouble(
        List.of(unseen.get(0).finding()),
        Verdict.FAILED,
        "the driver does not see what they write",
        "set run.dir to a file system that all hosts share and that lists new files at once");
  }

  @Test
  void aFileSystemThatRefusesOrIsFullIsATrouble() {
    FileSystemFacts refusing = fileSystem(GB, List.of("a folder cannot be deleted"));
    assertTrouble(
        refusing.judge(0, 0, Optional.empty()),
        Verdict.FAILED,
        "s3a://b/runs: a folder cannot be deleted",
        "let the driver's user create, write, rename and delete there, or set another run.dir");
    assertTrouble(
        fileSystem(GB, List.of()).judge(300L << 20, 3, Optional.empty()),
        Verdict.WARNING,
        "s3a://b/runs has 1.0 GB free; 5 checkpoints of 300 MB need 1.5 GB",
        "free some space, lower checkpoint.keep, or set another run.dir");
    assertTrouble(
        fileSystem(GB, List.of()).judge(2 * GB, 1, Optional.empty()),
        Verdict.FAILED,
        "s3a://b/runs has 1.0 GB free; 3 checkpoints of 2.0 GB need 6.0 GB",
        "free some space, lower checkpoint.keep, or set another run.dir");
    assertTrouble(
        fileSystem(-1, List.of()).judge(GB, 3, Optional.of(CommitProtocol.RENAME)),
        Verdict.WARNING,
        "s3a://b/runs: renaming a folder is not one step there, a crash may leave half a checkpoint",
        "set checkpoint.commit=auto");
    assertThat(fileSystem(-1, List.of()).judge(GB, 3, Optional.empty()))
        .containsExactly(
            Finding.ok(
                "s3a://b/runs: checkpoints are committed by a file; files cannot be appended to, metrics are rewritten; free space unknown"));
  }

  @Test
  void settingsThatBreakTrainingAreTroubles() {
    assertTrouble(
        settings("3.1.2"),
        Verdict.FAILED,
        "Spark 3.1.2; RobustTrain is built for 3.5",
        "use a Spark 3.5, or unset SPARK_HOME: the scripts of spark-submit/ bring Spark 3.5.6 with them");
    assertTrouble(
        settings("3.5.6", "spark.dynamicAllocation.enabled", "true"),
        Verdict.FAILED,
        "spark.dynamicAllocation.enabled=true: Spark would take executors away that hold state",
        "set it to false and ask for a fixed number of executors");
    assertTrouble(
        settings("3.5.6", "spark.speculation", "true"),
        Verdict.FAILED,
        "spark.speculation=true: a copy of a task would run where its replica is not",
        "set it to false");
    assertTrouble(
        settings("3.5.6", "spark.excludeOnFailure.enabled", "true"),
        Verdict.WARNING,
        "spark.excludeOnFailure.enabled=true: one failure may exclude an executor for an hour",
        "set it to false: training needs all executors");
    assertTrouble(
        settings("3.5.6", "spark.task.cpus", "2"),
        Verdict.WARNING,
        "spark.task.cpus=2: an executor may get no task at all",
        "leave it out: one task an executor uses all its cores");
    assertTrouble(
        settings("3.5.6", "spark.cores.max", "7", "spark.executor.cores", "2"),
        Verdict.WARNING,
        "spark.cores.max=7 is no multiple of spark.executor.cores=2: some cores stay idle",
        "make --total-executor-cores a multiple of --executor-cores");
    assertThat(settings("3.5.6", "spark.cores.max", "8", "spark.executor.cores", "2"))
        .containsExactly(Finding.ok("Spark 3.5.6, settings fit"));
  }

  @Test
  void clocksThatCertainlyDifferAreTroubles() {
    Clocks clocks = new Clocks();
    clocks.saw(DRIVER, 1000, 1500, 2000);
    // Long under way, but certainly 9 s ahead; the second answer narrows that down to 9.9 s.
    clocks.saw(ONE, 1000, 11_000, 2000);
    clocks.saw(ONE, 3000, 13_000, 3100);
    clocks.saw(TWO, 100_000, 30_000, 100_400);
    List<Line> lines = clocks.judge();
    assertThat(lines).hasSize(3);
    assertThat(lines.get(0))
        .isEqualTo(new Line("clocks", List.of(DRIVER), Finding.ok("within 1 s of the driver's")));
    assertTrouble(
        List.of(lines.get(1).finding()),
        Verdict.WARNING,
        "9.9 s ahead of the driver's clock",
        "start NTP on all hosts (chrony, systemd-timesyncd)");
    assertTrouble(
        List.of(lines.get(2).finding()),
        Verdict.FAILED,
        "70.0 s behind the driver's clock",
        "start NTP on all hosts (chrony, systemd-timesyncd): leases and secured file systems refuse such clocks");
  }

  @Test
  void aNetworkSlowerThanComputingIsAWarning() {
    Demands.Load load = new Demands.Load(0, 0, 100_000_000, false, 60e9, 0, 0);
    NetworkCheck check = new NetworkCheck(Optional.of(load), 2, Network.EVERY_PAIR);
    // Two executors: half of the vector each way; 100 MB take 10 s at 10 MB/s and 0.1 s at 1 GB/s.
    assertTrouble(
        List.of(check.judge(rates(10e6)).get(0).finding()),
        Verdict.WARNING,
        "at least 10 MB/s and at most 5 ms from neighbour to neighbour; a step exchanges 95 MB in about 10.01 s and computes for about 1.00 s",
        "raise train.global-batch, use fewer executors with more cores or a faster network, or distribution.compression=fp16 (gradients and weights are rounded to 8 significant bits on their way)");
    Demands.Load halved = new Demands.Load(0, 0, 100_000_000, true, 60e9, 0, 0);
    assertThat(
            new NetworkCheck(Optional.of(halved), 2, Network.PROBED)
                .judge(rates(10e6))
                .get(0)
                .finding()
                .remedy())
        .isEqualTo(
            "raise train.global-batch, use fewer executors with more cores or a faster network");
    assertThat(check.judge(rates(1e9)).get(0).finding())
        .isEqualTo(
            Finding.ok(
                "at least 1000 MB/s and at most 5 ms from neighbour to neighbour; a step exchanges 95 MB in about 0.11 s and computes for about 1.00 s"));
    Map<Place, NetworkProbe.Rate> cut =
        Map.of(ONE, new NetworkProbe.Rate(0, 0, "from executor 1: connection refused"));
    assertTrouble(
        List.of(check.judge(cut).get(0).finding()),
        Verdict.FAILED,
        "cannot fetch a block from executor 1: connection refused",
        "open the executors' ports to each other: spark.blockManager.port, and check that host names resolve");
  }

  @Test
  void theOtherEngineIsNamedWhereItWouldSaveATenthOfAStep() {
    // Half of 100 MB each way between two: 0.3 s of jobs, 0.24 s of copies.
    Demands.Load brief = new Demands.Load(0, 0, 100_000_000, false, 60e9, 0, 0);
    NetworkCheck check = new NetworkCheck(Optional.of(brief), 2, Network.PROBED);
    assertThat(check.judge(rates(1e9)).get(0).finding().text())
        .endsWith(
            "computes for about 1.00 s; distribution.engine=collective would save about 0.5 s of the 1.7 s of a step");
    Demands.Load lasting = new Demands.Load(0, 0, 100_000_000, false, 600e9, 0, 0);
    assertThat(
            new NetworkCheck(Optional.of(lasting), 2, Network.PROBED)
                .judge(rates(1e9))
                .get(0)
                .finding()
                .text())
        .endsWith("computes for about 10.00 s");
  }

  private static Map<Place, NetworkProbe.Rate> rates(double slowest) {
    return Map.of(
        ONE, new NetworkProbe.Rate(slowest, 0.005, ""), TWO, new NetworkProbe.Rate(2e9, 0.001, ""));
  }

  private static JavaCheck.Facts java(List<String> closed) {
    return new JavaCheck.Facts(17, "17.0.15+6", "Debian", "/jdk", new ArrayList<>(closed));
  }

  private static LibrariesCheck.Facts libraries(
      String torch, List<String> missing, long limit, String blas) {
    TreeMap<String, String> versions = new TreeMap<>(Map.of("libtorch", torch));
    return new LibrariesCheck.Facts(
        versions, new ArrayList<>(missing), limit, blas, "oneMKL", false, 0.3);
  }

  private static MachineCheck.Facts machine(String libc, String vectors) {
    return new MachineCheck.Facts("Linux", "amd64", libc, vectors, true);
  }

  private static ThreadsCheck.Facts threads(int available, String... changed) {
    TreeMap<String, String> environment =
        new TreeMap<>(
            Map.of(
                "OMP_WAIT_POLICY", "PASSIVE",
                "KMP_BLOCKTIME", "1",
                "OMP_NUM_THREADS", "4",
                "MALLOC_ARENA_MAX", "4",
                "MALLOC_MMAP_MAX_", "0",
                "MALLOC_TRIM_THRESHOLD_", "1",
                "MALLOC_TOP_PAD_", "1"));
    if (changed.length == 2) {
      environment.put(changed[0], changed[1]);
    }
    return new ThreadsCheck.Facts(available, environment);
  }

  private static FileSystemFacts fileSystem(long free, List<String> refused) {
    return new FileSystemFacts(
        "s3a://b/runs", CommitProtocol.FILE, free, new ArrayList<>(refused), false);
  }

  private static List<Finding> settings(String version, String... pairs) {
    Map<String, String> settings = new TreeMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      settings.put(pairs[i], pairs[i + 1]);
    }
    return new SparkSettings(version, settings).judge();
  }

  private static void assertTrouble(
      List<Finding> findings, Verdict verdict, String text, String remedy) {
    assertThat(findings).containsExactly(new Finding(verdict, text, remedy));
  }
}
