package io.robusttrain.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The manifests of {@code spark-submit/kubernetes}, read with the client library's models. */
class KubernetesManifestTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * The models keep fields that they do not know: a mistyped one turns up among the "additional"
   * ones.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "rbac.yaml",
        "volumes.yaml",
        "priority.yaml",
        "job.yaml",
        "cronjob.yaml",
        "executor.yaml",
        "driver.yaml"
      })
  void everyFieldIsOneThatKubernetesHas(String name) throws IOException {
    List<String> unknown = new ArrayList<>();
    for (JsonNode document : KubernetesRights.documents(name)) {
      HasMetadata object = JSON.treeToValue(document, HasMetadata.class);
      // A template's pods are named by Spark.
      assertThat(document.at("/metadata/name").asText().isEmpty())
          .isEqualTo(document.path("kind").asText().equals("Pod"));
      unknown(object, object.getKind(), unknown);
    }
    assertThat(unknown).isEmpty();
  }

  /** The names that a model collected under "any other", all the way down. */
  private static void unknown(Object model, String path, List<String> found) {
    if (model instanceof Iterable<?> list) {
      for (Object element : list) {
        unknown(element, path, found);
      }
    } else if (model != null && model.getClass().getName().startsWith("io.fabric8.")) {
      for (var method : model.getClass().getMethods()) {
        if (method.getName().startsWith("get") && method.getParameterCount() == 0) {
          Object value = call(method, model);
          if (method.getName().equals("getAdditionalProperties")) {
            ((Map<?, ?>) value).keySet().forEach(key -> found.add(path + "." + key));
          } else {
            unknown(value, path + "." + method.getName().substring(3), found);
          }
        }
      }
    }
  }

  private static Object call(java.lang.reflect.Method method, Object model) {
    try {
      return method.invoke(model);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(method.toString(), e);
    }
  }

  @Test
  void theJobIsTheDriverOfItsServiceAndUsesWhatTheOtherManifestsMake() throws IOException {
    JsonNode service = KubernetesRights.documents("job.yaml").get(0);
    JsonNode job = KubernetesRights.documents("job.yaml").get(1);
    JsonNode pod = job.at("/spec/template");
    service
        .at("/spec/selector")
        .fields()
        .forEachRemaining(
            label ->
                assertThat(pod.at("/metadata/labels").path(label.getKey()))
                    .isEqualTo(label.getValue()));
    assertThat(service.at("/spec/clusterIP").asText()).isEqualTo("None");
    JsonNode container = pod.at("/spec/containers/0");
    assertThat(environment(container, "DRIVER_HOST"))
        .isEqualTo(service.at("/metadata/name").asText());
    assertThat(names(List.of("rbac.yaml", "volumes.yaml", "priority.yaml")))
        .contains(
            pod.at("/spec/serviceAccountName").asText(), pod.at("/spec/priorityClassName").asText())
        .containsAll(claims(pod));
    assertThat(pod.at("/spec/terminationGracePeriodSeconds").asInt()).isGreaterThan(25);
  }

  /** What k8s.sh would not understand would fail only on the cluster. */
  @Test
  void theJobsArgumentsAreOptionsOfTheLauncher() throws IOException {
    String launcher = Files.readString(Path.of("spark-submit", "k8s.sh"));
    JsonNode job = KubernetesRights.documents("job.yaml").get(1);
    Iterator<JsonNode> arguments = job.at("/spec/template/spec/containers/0/args").iterator();
    assertThat(arguments.next().asText()).isEqualTo("k8s.sh");
    for (String word = arguments.next().asText();
        word.startsWith("--");
        word = arguments.next().asText()) {
      assertThat(launcher).contains("        " + word + ")");
      arguments.next();
    }
  }

  @Test
  void theScheduledJobIsTheJobWithOtherArguments() throws IOException {
    JsonNode once = KubernetesRights.documents("job.yaml").get(1).at("/spec");
    JsonNode cron = KubernetesRights.documents("cronjob.yaml").get(1).at("/spec");
    JsonNode scheduled = cron.at("/jobTemplate/spec");
    assertThat(cron.path("concurrencyPolicy").asText()).isEqualTo("Forbid");
    assertThat(scheduled.path("podFailurePolicy")).isEqualTo(once.path("podFailurePolicy"));
    String pod = "/template/spec/containers/0";
    for (String field : List.of("ports", "resources", "securityContext")) {
      assertThat(scheduled.at(pod).path(field)).isEqualTo(once.at(pod).path(field));
    }
    List<String> words = new ArrayList<>();
    scheduled.at(pod + "/args").forEach(word -> words.add(word.asText()));
    String batch = Files.readString(Path.of("spark-submit", "batch.sh"));
    String launcher = Files.readString(Path.of("spark-submit", "k8s.sh"));
    int inner = words.indexOf("k8s.sh");
    int training = words.indexOf("--");
    assertThat(words.get(0)).isEqualTo("batch.sh");
    for (int i = 1; i < inner; i += 2) {
      assertThat(batch).contains("        " + words.get(i) + ")");
    }
    for (int i = inner + 1; i < training; i += 2) {
      assertThat(launcher).contains("        " + words.get(i) + ")");
    }
    assertThat(environment(scheduled.at(pod), "DRIVER_HOST"))
        .isEqualTo(KubernetesRights.documents("cronjob.yaml").get(0).at("/metadata/name").asText());
  }

  private static String environment(JsonNode container, String name) {
    for (JsonNode variable : container.path("env")) {
      if (variable.path("name").asText().equals(name)) {
        return variable.path("value").asText();
      }
    }
    return "";
  }

  private static NavigableSet<String> names(List<String> files) throws IOException {
    NavigableSet<String> names = new TreeSet<>();
    for (String file : files) {
      for (JsonNode document : KubernetesRights.documents(file)) {
        names.add(document.at("/metadata/name").asText());
      }
    }
    return names;
  }

  private static List<String> claims(JsonNode pod) {
    List<String> claims = new ArrayList<>();
    for (JsonNode volume : pod.at("/spec/volumes")) {
      if (volume.has("persistentVolumeClaim")) {
        claims.add(volume.at("/persistentVolumeClaim/claimName").asText());
      }
    }
    return claims;
  }
}
