package io.robusttrain.bigdl;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.robusttrain.engine.QuadraticWorker;
import io.robusttrain.engine.QuadraticWorkers;
import io.robusttrain.engine.Recorder;
import io.robusttrain.engine.StepReport;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.OptionalDouble;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The last step of a run, where Spark's page tells of it. */
@Tag("slow")
class SparkMetricsTest {
  private static final String SINK = "spark.metrics.conf.driver.sink.prometheusServlet.";
  private static final int SIZE = 7;
  private static SparkContext spark;

  @BeforeAll
  static void startSparkWithItsPage() {
    spark =
        new SparkContext(
            new SparkConf()
                .setMaster("local[2]")
                .setAppName("metrics")
                .set("spark.ui.port", "0")
                .set("spark.driver.host", "127.0.0.1")
                .set("spark.driver.bindAddress", "127.0.0.1")
                .set(SINK + "class", "org.apache.spark.metrics.sink.PrometheusServlet")
                .set(SINK + "path", "/metrics/prometheus"));
  }

  @AfterAll
  static void stopSpark() {
    spark.stop();
  }

  @Test
  void theLastStepIsServedAsJsonAndForPrometheusUntilTheEngineIsClosed() throws Exception {
    Recorder recorder = new Recorder();
    EngineOptions options = new EngineOptions(2, 1, SIZE, 5, "none", OptionalDouble.empty());
    try (BigDlEngine<QuadraticWorker> engine =
        new BigDlEngine<>(spark, options, new QuadraticWorkers().factory(5, -1))) {
      engine.run(new float[SIZE], 0, 3, recorder);
      StepReport last = recorder.reports.get(2);
      JsonNode gauges = new ObjectMapper().readTree(get("/metrics/json/")).get("gauges");
      assertThat(gauge(gauges, "step")).isEqualTo(2);
      assertThat(gauge(gauges, "loss")).isEqualTo(last.loss());
      assertThat(gauge(gauges, "step_seconds")).isEqualTo(last.seconds());
      assertThat(gauge(gauges, "images_per_second")).isEqualTo(last.samples() / last.seconds());
      assertThat(gauge(gauges, "data_wait_seconds")).isEqualTo(last.loadSeconds());
      assertThat(get("/metrics/prometheus/"))
          .contains("_driver_robusttrain_step_seconds_Value{type=\"gauges\"} " + last.seconds());
    }
    assertThat(get("/metrics/json/")).doesNotContain("driver.robusttrain");
  }

  private static double gauge(JsonNode gauges, String name) {
    return gauges
        .get(spark.applicationId() + ".driver.robusttrain." + name)
        .get("value")
        .asDouble();
  }

  private static String get(String path) throws IOException, InterruptedException {
    URI page = URI.create(spark.uiWebUrl().get() + path);
    HttpResponse<String> response =
        HttpClient.newHttpClient()
            .send(HttpRequest.newBuilder(page).build(), HttpResponse.BodyHandlers.ofString());
    assertThat(response.statusCode()).as(page.toString()).isEqualTo(200);
    return response.body();
  }
}
