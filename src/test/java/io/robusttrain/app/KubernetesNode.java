package io.robusttrain.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * A node that runs the executor pods of an API server as processes of this machine, through the
 * image's own entry point: their arguments and environment are those of the pod, and nothing else.
 */
final class KubernetesNode implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path ENTRY_POINT = Path.of("docker", "entrypoint.sh").toAbsolutePath();

  private final Path folder;
  private final Path image;
  private final Map<String, String> secrets;
  private final Map<String, Process> running = new ConcurrentHashMap<>();
  private final List<CompletableFuture<Void>> ends = new ArrayList<>();
  private final Map<String, Map<String, String>> environments = new LinkedHashMap<>();
  private final List<ObjectNode> pods = new ArrayList<>();
  private KubernetesApi api;

  /**
   * A node.
   *
   * @param folder for logs and local folders
   * @param image where the image's files are
   * @param secrets values by {@code name:key}
   */
  KubernetesNode(Path folder, Path image, Map<String, String> secrets) {
    this.folder = folder;
    this.image = image;
    this.secrets = Map.copyOf(secrets);
  }

  /** From now on the pods' states are reported there. */
  synchronized void join(KubernetesApi server) {
    api = server;
  }

  /** What an API server tells it. */
  synchronized void accept(String event, ObjectNode pod) {
    String name = pod.path("metadata").path("name").asText();
    if (!pod.at("/metadata/labels/spark-role").asText().equals("executor")) {
      return;
    }
    if (event.equals("ADDED")) {
      pods.add(pod);
      mountSecrets(pod.path("spec"));
      start(name, pod.path("spec").path("containers").path(0));
    } else if (event.equals("DELETED") && running.containsKey(name)) {
      running.get(name).destroy();
    }
  }

  /** The pods that were ever created. */
  synchronized List<ObjectNode> pods() {
    return List.copyOf(pods);
  }

  /** What the pods printed. */
  synchronized String logs() throws IOException {
    StringBuilder text = new StringBuilder();
    for (String name : environments.keySet()) {
      text.append("== ").append(name).append('\n').append(Files.readString(log(name)));
    }
    return text.toString();
  }

  /** Secrets are files below the image's folder; other volumes are this machine's own folders. */
  private void mountSecrets(JsonNode spec) {
    for (JsonNode volume : spec.path("volumes")) {
      for (JsonNode mount : spec.at("/containers/0/volumeMounts")) {
        Path path = Path.of(mount.path("mountPath").asText());
        if (volume.has("secret") && mount.get("name").equals(volume.get("name"))) {
          write(volume.at("/secret/secretName").asText() + ":", path);
        }
      }
    }
  }

  private void write(String secret, Path mount) {
    if (!mount.startsWith(image)) {
      throw new IllegalArgumentException("mounted outside of the image: " + mount);
    }
    secrets.forEach(
        (name, value) -> {
          if (name.startsWith(secret)) {
            try {
              Files.createDirectories(mount);
              Files.writeString(mount.resolve(name.substring(secret.length())), value);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          }
        });
  }

  private void start(String name, JsonNode container) {
    List<String> command = new ArrayList<>(List.of("bash", ENTRY_POINT.toString()));
    container.path("args").forEach(argument -> command.add(argument.asText()));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    Map<String, String> environment = builder.environment();
    String path = environment.get("PATH");
    environment.clear();
    environment.put("PATH", path);
    environment.put("HOME", System.getProperty("user.home"));
    environment.put("JAVA_HOME", System.getProperty("java.home"));
    environment.put("ROBUSTTRAIN_HOME", image.toString());
    container
        .path("env")
        .forEach(entry -> environment.put(entry.get("name").asText(), value(entry)));
    environment.put("SPARK_LOCAL_DIRS", folder.resolve("local-" + name).toString());
    environments.put(name, Map.copyOf(environment));
    try {
      Process process = builder.redirectOutput(log(name).toFile()).start();
      running.put(name, process);
      report(name, "Running", "\"running\": {}");
      ends.add(
          process
              .onExit()
              .thenAccept(
                  end ->
                      report(
                          name,
                          end.exitValue() == 0 ? "Succeeded" : "Failed",
                          "\"terminated\": {\"exitCode\": %d}".formatted(end.exitValue()))));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path log(String name) {
    return folder.resolve(name + ".log");
  }

  private String value(JsonNode entry) {
    JsonNode from = entry.path("valueFrom");
    if (from.has("fieldRef")) {
      return "127.0.0.1";
    }
    if (from.has("secretKeyRef")) {
      JsonNode key = from.get("secretKeyRef");
      return secrets.get(key.get("name").asText() + ":" + key.get("key").asText());
    }
    return entry.path("value").asText();
  }

  private void report(String name, String phase, String state) {
    String status =
        """
        {"phase": "%s", "podIP": "127.0.0.1", "startTime": "2026-01-01T00:00:00Z",
         "containerStatuses": [{"name": "executor", "state": {%s}}]}
        """
            .formatted(phase, state);
    KubernetesApi server;
    synchronized (this) {
      server = api;
    }
    try {
      server.status(name, (ObjectNode) JSON.readTree(status));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws InterruptedException {
    for (Process process : running.values()) {
      process.destroy();
      if (!process.waitFor(2, TimeUnit.MINUTES)) {
        process.destroyForcibly();
      }
    }
  }
}
