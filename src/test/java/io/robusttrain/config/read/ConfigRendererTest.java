package io.robusttrain.config.read;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import io.robusttrain.config.RecordMappingTest;
import io.robusttrain.config.RunConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigRendererTest {
  @TempDir Path dir;

  @Test
  void readingTheTextGivesTheEqualRecord() throws Exception {
    assertRoundTrip(ConfigLoader.defaults());
    assertRoundTrip(ConfigLoader.load(List.of(RecordMappingTest.EVERY_KEY), List.of()));
    assertRoundTrip(
        ConfigLoader.load(
            List.of(),
            List.of(
                "attack.eps=0.0123",
                "data.path=a \"quoted\" path",
                "optim.lr=1.2345678e-7",
                "model.normalize=default",
                "model.args.mlp_ratio=3",
                "model.args.dims=[8, 16]",
                "model.args.eps=1e-7",
                "model.args.tokens_norm=true",
                "lr-schedule.min-lr=0")));
  }

  @Test
  void writesUnitsAsInTheFiles() {
    assertThat(ConfigRenderer.render(ConfigLoader.defaults()))
        .contains(
            "  eps = 4/255\n",
            "  period = 10 epochs\n",
            "  every = 1 epoch\n",
            "  cache-memory = 1 GB\n",
            "  lr = 5e-4\n",
            "  num-classes = auto\n",
            "  normalize = none\n",
            "  type = adamw\n");
  }

  @Test
  void masksSecrets() {
    record Store(String user, String password, String accessToken, String clientSecret) {}
    String text =
        ConfigRenderer.render(
            new Store("me", "hunter2", "hunter2", "hunter2"), ConfigFactory.empty());
    assertThat(text).doesNotContain("hunter2").contains("user = \"me\"");
    assertThat(text)
        .contains(
            "password = \"******\"", "access-token = \"******\"", "client-secret = \"******\"");
  }

  private void assertRoundTrip(RunConfig config) throws Exception {
    Path file = dir.resolve("config.conf");
    Files.writeString(file, ConfigRenderer.render(config));
    assertThat(ConfigLoader.load(List.of(file), List.of())).isEqualTo(config);
  }
}
