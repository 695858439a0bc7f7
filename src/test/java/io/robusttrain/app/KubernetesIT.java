package io.robusttrain.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.app.prep.TinyTraining;
import io.robusttrain.report.Alarm;
import io.robusttrain.waiting.Waiting;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code spark-submit/k8s.sh} as a user runs it, against a small API server over https: the driver
 * pod that a submission creates, and a training whose executor pods are processes that {@code
 * docker/entrypoint.sh} starts.
 */
class KubernetesIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String SECRET = "correct-horse-battery-staple";
  private static final String IMAGE = "registry.example/robusttrain:1";

  private static final String DRIVER_POD =
      """
      {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "light-1-abcde"}}
      """;

  private static final String READY =
      """
      {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
      """;

  @TempDir private static Path folder;
  private static Path token;

  @BeforeAll
  static void writeTheToken() throws IOException {
    token = Files.writeString(folder.resolve("token"), KubernetesApi.TOKEN);
  }

  @Test
  void aSubmissionCreatesTheExpectedDriverPodAndTakesOverItsExitCode() throws Exception {
    int code = ExitCode.GUARD.number();
    try (KubernetesApi api =
        new KubernetesApi(folder, KubernetesRights.of("robusttrain-submit"), (event, pod) -> {})) {
      CompletableFuture<Launch> launch = submit(api);
      ObjectNode pod = api.await("pods", 1).get(0);
      ObjectNode service = api.await("services", 1).get(0);
      ObjectNode settings = withSettings(api.await("configmaps", 2));
      end(api, pod, code);
      Launch end = finished(launch);
      assertThat(end.code()).as(end.text()).isEqualTo(code);
      assertThat(end.remains()).isEmpty();
      assertThat(api.refused()).as("requests without token or right").isEmpty();
      assertThat(anonymous(pod, pod)).isEqualTo(expected("driver-pod"));
      assertThat(anonymous(service, pod)).isEqualTo(expected("driver-service"));
      assertThat(properties(anonymous(settings, pod)))
          .containsAllEntriesOf(lines("driver.properties"));
    }
  }

  @Test
  void aDeletedDriverPodIsAFailure() throws Exception {
    try (KubernetesApi api =
        new KubernetesApi(folder, KubernetesRights.of("robusttrain-submit"), (event, pod) -> {})) {
      CompletableFuture<Launch> launch = submit(api);
      api.await("configmaps", 1);
      api.awaitWatch();
      api.delete(api.objects("pods").get(0));
      Launch end = finished(launch);
      assertThat(end.text()).contains("error: the driver pod ended without an exit code");
      assertThat(end.code()).isEqualTo(1);
    }
  }

  @Test
  void aDriverInAPodTrainsOnItsExecutorPods() throws Exception {
    try (KubernetesNode node =
            new KubernetesNode(
                folder, ImageCopy.in(folder), Map.of("robusttrain-auth:secret", SECRET));
        KubernetesApi api =
            new KubernetesApi(folder, KubernetesRights.of("robusttrain-driver"), node::accept)) {
      node.join(api);
      drawImages();
      api.add("pods", (ObjectNode) JSON.readTree(DRIVER_POD));
      api.status("light-1-abcde", (ObjectNode) JSON.readTree(READY));
      Launch launch = Launch.of(folder, pod(api).toString(), arguments(api));
      assertThat(launch.code()).as(launch.text() + node.logs()).isZero();
      assertThat(launch.text()).containsPattern("executors +2, each 1 core");
      assertThat(folder.resolve("runs/on-pods/best/model.safetensors")).isNotEmptyFile();
      // Not by the number of pods: when a driver ends, Spark tells its executors first, and may
      // then
      // replace pods whose end it sees before it has closed its own eyes.
      assertThat(node.pods()).hasSizeGreaterThanOrEqualTo(2);
      assertThat(TinyTraining.metrics(folder.resolve("runs/on-pods")).alarms())
          .extracting(Alarm::kind)
          .doesNotContain(Alarm.Kind.EXECUTOR_LOST, Alarm.Kind.STALLED);
      assertThat(api.objects("pods")).as("the driver's pod alone is left").hasSize(1);
      // A single pod is deleted where one has failed.
      assertThat(union(api.used(), "delete pods"))
          .isEqualTo(KubernetesRights.of("robusttrain-driver").allowed());
      assertThat(api.refused()).as("requests without token or right").isEmpty();
      ObjectNode executor = node.pods().get(0);
      JsonNode plain = anonymous(executor, executor);
      assertThat(takeJavaOptions((ArrayNode) plain.at("/spec/containers/0/env")))
          .containsSubsequence(jvmOptions())
          .contains("-Dspark.authenticate=true", "-Dspark.network.crypto.enabled=true");
      assertThat(plain).isEqualTo(expected("executor-pod"));
      assertThat(launch.text() + node.logs()).doesNotContain(SECRET);
    }
  }

  private static Set<String> union(Set<String> rights, String further) {
    Set<String> all = new TreeSet<>(rights);
    all.add(further);
    return all;
  }

  private static void drawImages() throws Exception {
    String[] arguments = {
      "--cores",
      "1",
      "--driver-memory",
      "1g",
      "RobustPrep",
      "synthetic",
      "--output=data",
      "--size=32",
      "--train=72",
      "--val=40"
    };
    Launch launch = Launch.of(folder, "local.sh", arguments);
    assertThat(launch.code()).as(launch.text()).isZero();
  }

  /** The container of {@code spark-submit/kubernetes/job.yaml}: its environment, then k8s.sh. */
  private static Path pod(KubernetesApi api) throws IOException {
    Path launcher = Path.of("spark-submit", "k8s.sh").toAbsolutePath();
    Path auth = Files.createDirectories(folder.resolve("image/auth"));
    Files.writeString(auth.resolve("secret"), SECRET);
    return Files.writeString(
        folder.resolve("pod.sh"),
        """
        export POD_NAME=light-1-abcde
        export DRIVER_HOST=127.0.0.1 ROBUSTTRAIN_IMAGE_HOME=%s SPARK_LOCAL_IP=127.0.0.1
        exec %s --master %s "$@"
        """
            .formatted(folder.resolve("image"), launcher, api.master()));
  }

  private static String[] arguments(KubernetesApi api) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--deploy-mode",
                "client",
                "--image",
                IMAGE,
                "--namespace",
                KubernetesApi.NAMESPACE,
                "--executor-memory",
                "1g",
                "--executor-native",
                "2g",
                "--driver-memory",
                "1g",
                "--pvc",
                "runs:/runs",
                "--secure",
                "robusttrain-auth",
                "--conf",
                "spark.kubernetes.authenticate.caCertFile=" + api.certificate(),
                "--conf",
                "spark.kubernetes.authenticate.oauthTokenFile=" + token,
                "RobustTrain",
                "data.path=" + folder.resolve("data"),
                "run.dir=" + folder.resolve("runs"),
                "run.id=on-pods"));
    arguments.addAll(TinyTraining.SETTINGS);
    arguments.addAll(List.of("train.max-steps=2", "doctor.action=off"));
    return arguments.toArray(String[]::new);
  }

  /** The other config map is the template of the executors. */
  private static ObjectNode withSettings(List<ObjectNode> configMaps) {
    return configMaps.stream()
        .filter(map -> map.at("/data").has("spark.properties"))
        .findFirst()
        .orElseThrow();
  }

  private static CompletableFuture<Launch> submit(KubernetesApi api) {
    String[] arguments = {
      "--master",
      api.master(),
      "--image",
      IMAGE,
      "--namespace",
      KubernetesApi.NAMESPACE,
      "--pvc",
      "imagenet:/data:ro",
      "--pvc",
      "runs:/runs",
      "--secret",
      "configs:/etc/robusttrain",
      "--secret-env",
      "AWS_SECRET_ACCESS_KEY=s3:key",
      "--node-selector",
      "pool=cpu",
      "--secure",
      "robusttrain-auth",
      "--conf",
      "spark.kubernetes.authenticate.submission.caCertFile=" + api.certificate(),
      "--conf",
      "spark.kubernetes.authenticate.submission.oauthTokenFile=" + token,
      "RobustTrain",
      "--config=conf/recipes/light.conf",
      "data.path=/data",
      "run.dir=/runs"
    };
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return Launch.of(folder, "k8s.sh", arguments);
          } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  private static Launch finished(CompletableFuture<Launch> launch)
      throws InterruptedException, ExecutionException, TimeoutException {
    return launch.get(Waiting.LONGEST.toMinutes(), TimeUnit.MINUTES);
  }

  private static void end(KubernetesApi api, ObjectNode pod, int code) throws Exception {
    String status =
        """
        {"phase": "%s", "startTime": "2026-01-01T00:00:00Z", "containerStatuses": [
          {"name": "driver", "image": "%s", "state": {"terminated": {
            "exitCode": %d, "startedAt": "2026-01-01T00:00:00Z", "finishedAt": "2026-01-01T00:01:00Z"}}}]}
        """
            .formatted(code == 0 ? "Succeeded" : "Failed", IMAGE, code);
    api.awaitWatch();
    api.status(pod.get("metadata").get("name").asText(), (ObjectNode) JSON.readTree(status));
  }

  /** Without what differs from run to run: times and random ids. */
  private static JsonNode anonymous(ObjectNode object, ObjectNode pod) throws IOException {
    String application = pod.at("/metadata/labels/spark-app-selector").asText();
    String text =
        object
            .toString()
            .replace(application, "APPLICATION")
            .replaceAll("robusttrain-[0-9a-f]{16}", "NAME")
            .replaceAll("spark-(drv|exec)-[0-9a-f]{16}", "CONF")
            .replace("\"" + System.getProperty("user.name") + "\"", "\"USER\"")
            .replaceAll("spark-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "LOCAL")
            .replaceAll("spark://CoarseGrainedScheduler@127.0.0.1:\\d+", "DRIVER")
            .replace(folder.toString(), "FOLDER");
    ObjectNode plain = (ObjectNode) JSON.readTree(text);
    ObjectNode metadata = (ObjectNode) plain.get("metadata");
    metadata.remove(List.of("uid", "creationTimestamp"));
    metadata.path("ownerReferences").forEach(owner -> ((ObjectNode) owner).remove("uid"));
    plain.remove("status");
    for (String array :
        List.of("/spec/volumes", "/spec/containers/0/env", "/spec/containers/0/volumeMounts")) {
      if (plain.at(array).isArray()) {
        sort((ArrayNode) plain.at(array));
      }
    }
    return plain;
  }

  /** Spark numbers them. */
  private static List<String> takeJavaOptions(ArrayNode environment) {
    Map<Integer, String> options = new TreeMap<>();
    String prefix = "SPARK_JAVA_OPT_";
    for (Iterator<JsonNode> entries = environment.iterator(); entries.hasNext(); ) {
      JsonNode entry = entries.next();
      String name = entry.get("name").asText();
      if (name.startsWith(prefix)) {
        int number = Integer.parseInt(name.substring(prefix.length()));
        options.put(number, entry.get("value").asText());
        entries.remove();
      }
    }
    return List.copyOf(options.values());
  }

  /** The project's, and what this environment adds, as the build does. */
  private static List<String> jvmOptions() throws IOException {
    String added = System.getenv().getOrDefault("ROBUSTTRAIN_JAVA_OPTS", "");
    return Stream.concat(
            Files.readAllLines(Path.of("spark-submit", "jvm.options")).stream(),
            Stream.of(added.split(" ", -1)))
        .filter(line -> line.startsWith("-"))
        .toList();
  }

  /** By name: their order means nothing. */
  private static void sort(ArrayNode array) {
    List<JsonNode> elements = new ArrayList<>();
    array.forEach(elements::add);
    elements.sort(Comparator.comparing(element -> element.path("name").asText()));
    array.removeAll().addAll(elements);
  }

  private static JsonNode expected(String name) throws IOException {
    return JSON.readTree(resource(name + ".json"));
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = KubernetesIT.class.getResourceAsStream("kubernetes/" + name)) {
      return new String(in.readAllBytes(), UTF_8);
    }
  }

  /** What of the driver's settings decides how pods look and how processes talk. */
  private static Properties lines(String name) throws IOException {
    Properties all = new Properties();
    all.load(new StringReader(resource(name)));
    return all;
  }

  private static Properties properties(JsonNode configMap) throws IOException {
    Properties all = new Properties();
    all.load(new StringReader(configMap.at("/data/spark.properties").asText()));
    return all;
  }
}
