package io.robusttrain.analysis;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.attack.ThreatModel;
import io.robusttrain.data.shard.ImageColumns;
import io.robusttrain.evaluate.plan.EvaluationException;
import io.robusttrain.evaluate.plan.ModelRequest;
import io.robusttrain.evaluate.plan.ModelRequest.NetworkName;
import io.robusttrain.evaluate.plan.NormalizationChoice;
import io.robusttrain.evaluate.plan.PreprocessingChoice;
import io.robusttrain.evaluate.plan.SampleChoice;
import io.robusttrain.evaluate.plan.Subject;
import io.robusttrain.evaluate.plan.SubjectPlanner;
import io.robusttrain.evaluate.plan.SubjectRequest;
import io.robusttrain.evaluate.run.TinyVictim;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.oracle.Arithmetic;
import io.robusttrain.pretrained.AdaptationOptions;
import io.robusttrain.tensor.ComputeDevice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What models and judges of an analysis are known by. */
class SubjectSourceTest {
  @TempDir private static Path folder;

  private static TinyVictim victim;
  private static SubjectPlanner planner;

  @BeforeAll
  static void draw() throws IOException {
    Arithmetic.start();
    victim = TinyVictim.in(folder);
    planner = new SubjectPlanner(new Configuration(), Map.of());
  }

  private static SubjectRequest request(ModelRequest model) {
    return new SubjectRequest(
        model,
        victim.data().toString(),
        "validation",
        ImageColumns.USUAL,
        Optional.empty(),
        new SampleChoice.First(3),
        PreprocessingChoice.CHECKPOINT,
        Optional.empty(),
        Optional.empty(),
        1,
        ComputeDevice.CPU);
  }

  @Test
  void aFileThatWasReplacedSinceIsRefused() throws IOException {
    Path file = folder.resolve("replaced/model.safetensors");
    victim.writeModel(file, 5, 0.9);
    SubjectRequest request = request(ModelRequest.of(file.toString()));
    SubjectSource source = new SubjectSource(planner.plan(request), request, planner);
    assertThat(source.read().ids()).containsExactly(0, 1, 2);
    victim.writeModel(file, 5, 0.9, Map.of("trained", "once more"));
    assertThatThrownBy(source::read)
        .isInstanceOf(EvaluationException.class)
        .hasMessageStartingWith(
            file + " is not what it was when the analysis began: model_sha256 (")
        .hasMessageEndingWith(
            "Let nothing write there, and repeat the command with another --output");
    String data = victim.data().toString();
    assertThatThrownBy(() -> source.read(data))
        .isInstanceOf(EvaluationException.class)
        .hasMessageContaining("model_sha256 (");
  }

  /** One file of weights is two judges behind two normalisations. */
  @Test
  void aJudgeIsKnownByItsNetworkAndNormalisationToo() throws IOException {
    Path file = folder.resolve("foreign.safetensors");
    victim.writeForeign(file);
    ObjectNode plain = transfer(judge(file, "none")).settings();
    ObjectNode centred = transfer(judge(file, "imagenet")).settings();
    assertThat(plain.path("judge b model_sha256")).isEqualTo(centred.path("judge b model_sha256"));
    assertThat(plain.path("judge b model").asText()).startsWith("xcit_nano_12_p8_32 ");
    assertThat(Requirements.differences(plain, centred))
        .singleElement()
        .asString()
        .startsWith("judge b preprocessing (");
  }

  private static Transfer transfer(Judge judge) {
    return new Transfer(ThreatModel.linf(4 / 255.0), List.of(1), 0, List.of(judge));
  }

  private static Judge judge(Path file, String normalization) {
    Subject known = planner.plan(request(ModelRequest.of(victim.model().toString())));
    Architecture network = known.model().architecture();
    ModelRequest model =
        new ModelRequest(
            file.toString(),
            Optional.of(new NetworkName(network.name(), NetworkName.Source.OPTION)),
            ModelOptions.of(network.arguments()),
            Optional.of(NormalizationChoice.parse("--judge", normalization)),
            Optional.empty(),
            AdaptationOptions.strict());
    return Judge.of("b", request(model), planner);
  }

  @Test
  void aJudgeNamesTheClassesOfTheDataInTheirOrder() throws IOException {
    Path file = folder.resolve("reordered/model.safetensors");
    victim.writeModel(file, 5, 0.9);
    // Names of one length, so that the header keeps its size.
    String content = Files.readString(file, ISO_8859_1);
    String reordered =
        content
            .replace("class-0", "class-x")
            .replace("class-1", "class-0")
            .replace("class-x", "class-1");
    Files.writeString(file, reordered, ISO_8859_1);
    SubjectRequest request = request(ModelRequest.of(file.toString()));
    assertThatThrownBy(() -> Judge.of("b", request, planner))
        .isInstanceOf(EvaluationException.class)
        .hasMessage(
            "--judge b: its class 0 is class-1, that of the data class-0; take a judge that was"
                + " trained on the classes of the data in their order");
  }

  @Test
  void thereAreAsManyPicturesAsTheDriverHolds() {
    Requirements.pictures("--count", 21_845, 32);
    assertThatThrownBy(() -> Requirements.pictures("--count", 21_846, 32))
        .isInstanceOf(EvaluationException.class)
        .hasMessage(
            "--count: the driver holds at most 21845 pictures of 32x32 pixels, not 21846; ask for"
                + " fewer");
  }
}
