package io.robusttrain.app.speed;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.robusttrain.storage.OddFolder;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code RobustSpeed attacks} on a model small enough for a test. */
class SpeedAttacksCommandTest {
  private static final List<String> TINY =
      List.of(
          "--model=xcit_nano_12_p8_32",
          "--arg=depth=1",
          "--num-classes=10",
          "--batch=2",
          "--iterations=1",
          "--threads=1");

  @TempDir(factory = OddFolder.class)
  private Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void timesTheAttacksIntoOneTable() throws Exception {
    Path file = folder.resolve("attacks.json");
    assertThat(execute("--json=" + file)).as(err.toString()).isZero();
    assertThat(out.toString())
        .startsWith("xcit_nano_12_p8_32 at 32x32 px, 10 classes, random weights; LINF 4/255")
        .contains("| attack | iterations |", "as if all images stood to the end");
    assertThat(out.toString().lines().filter(line -> line.startsWith("| "))).hasSize(8);
    assertThat(err.toString()).contains("attack 7 of 7: square");
    JsonNode json = new ObjectMapper().readTree(Files.readString(file));
    List<String> names = new ArrayList<>();
    for (JsonNode attack : json.get("attacks")) {
      names.add(attack.get("attack").asText());
      assertThat(attack.get("seconds").asDouble()).isPositive();
      assertThat(attack.get("forward_images").asLong()).isGreaterThanOrEqualTo(2);
      assertThat(attack.get("images_broken").asInt()).isBetween(0, 2);
      assertThat(attack.get("images_per_s_at_full_length_extrapolated").asDouble()).isPositive();
    }
    assertThat(names)
        .containsExactly("fgsm", "pgd-10", "apgd-ce", "apgd-dlr", "apgd-t", "fab-t", "square");
    assertThat(json.get("attacks").get(1).get("full_iterations").asInt()).isEqualTo(10);
    assertThat(json.get("attacks").get(0).get("backward_images").asLong()).isEqualTo(2);
    assertThat(json.get("attacks").get(6).get("backward_images").asLong()).isZero();
  }

  @Test
  void leavesOutWhatDoesNotKnowTheNorm() {
    assertThat(execute("--norm=l1")).as(err.toString()).isZero();
    assertThat(out.toString()).contains("L1 12", "| apgd-ce | 1 of 500 |").doesNotContain("fgsm");
  }

  @ParameterizedTest
  @CsvSource({
    "--batch=0,'--batch must be at least 1, not 0'",
    "--iterations=0,'--iterations must be at least 1, not 0'",
    "--threads=0,'--threads must be at least 1, not 0'",
    "--norm=l3,'Invalid value for option ''--norm'''",
    "--eps=4,'--eps: '",
    "--eps=0,'--eps must be above 0: at 0 there is nothing to attack'",
    "--attacks=agpd-ce,'error: --attacks: unknown attack agpd-ce; the nearest are apgd-ce'",
    "'--attacks=fgsm,fgsm','error: --attacks: fgsm,fgsm has fgsm twice; name it once'",
    "--num-classes=3,'error: --attacks: apgd-t needs 4 classes, the model has 3; leave it out'",
    "--model=xcit_smal,'error: unknown model xcit_smal; the nearest are'",
    "--json=/nowhere/speed.json,'error: --json /nowhere/speed.json: cannot write there'",
  })
  void answersWrongUsageWithTwoBeforeAnythingRuns(String argument, String message) {
    assertThat(execute(argument)).isEqualTo(2);
    assertThat(err.toString())
        .contains(message)
        .doesNotContain("\tat ")
        .doesNotContain("attack 1 of");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void answersANormThatAnAttackDoesNotKnowWithTwo() {
    assertThat(execute("--norm=l1", "--attacks=pgd-10")).isEqualTo(2);
    assertThat(err.toString())
        .isEqualTo(
            "error: --attacks: PGD knows Linf and L2; in L1 use apgd-ce" + System.lineSeparator());
  }

  @Test
  void helpSaysWhatIsExtrapolated() {
    assertThat(execute("--help")).isZero();
    assertThat(out.toString()).contains("an EXTRAPOLATION", "as if all images stood to the end");
  }

  private int execute(String... args) {
    return SpeedCommandLine.execute("attacks", TINY, out, err, args);
  }
}
