package io.robusttrain.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code spark-submit/k8s.sh} as a user runs it, against a small API server. */
class KubernetesIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private static Path folder;

  @Test
  void aSubmissionCreatesTheDriverPod() throws Exception {
    Path token = Files.writeString(folder.resolve("token"), KubernetesApi.TOKEN);
    try (KubernetesApi api = new KubernetesApi(folder, (event, pod) -> {})) {
      CompletableFuture<Launch> launch =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return Launch.of(
                      folder,
                      "k8s.sh",
                      "--master",
                      api.master(),
                      "--image",
                      "registry.example/robusttrain:1",
                      "--namespace",
                      KubernetesApi.NAMESPACE,
                      "--pvc",
                      "imagenet:/data:ro",
                      "--pvc",
                      "runs:/runs",
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
                      "run.dir=/runs");
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              });
      ObjectNode pod = api.await("pods", 1).get(0);
      System.out.println(JSON.writerWithDefaultPrettyPrinter().writeValueAsString(pod));
      System.out.println(
          JSON.writerWithDefaultPrettyPrinter().writeValueAsString(api.await("services", 1)));
      System.out.println(
          JSON.writerWithDefaultPrettyPrinter().writeValueAsString(api.await("configmaps", 1)));
      api.status(
          pod.get("metadata").get("name").asText(),
          (ObjectNode)
              JSON.readTree(
                  """
                  {"phase": "Failed", "startTime": "2026-01-01T00:00:00Z", "containerStatuses": [{"name": "spark-kubernetes-driver",
                    "image": "registry.example/robusttrain:1", "state": {"terminated": {"exitCode": 4, "reason": "Error", "startedAt": "2026-01-01T00:00:00Z", "finishedAt": "2026-01-01T00:00:00Z"}}}]}
                  """));
      Launch end = launch.get(60, TimeUnit.SECONDS);
      System.out.println(end);
      assertThat(api.strangers()).isEmpty();
      assertThat(end.code()).as(end.text()).isEqualTo(4);
    }
  }
}
