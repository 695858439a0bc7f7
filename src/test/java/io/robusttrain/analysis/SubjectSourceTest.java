package io.robusttrain.analysis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.attack.ThreatModel;
import io.robusttrain.attack.Victim;
import io.robusttrain.data.shard.ImageColumns;
import io.robusttrain.evaluate.plan.EvaluationException;
import io.robusttrain.evaluate.plan.ModelRequest;
import io.robusttrain.evaluate.plan.ModelRequest.NetworkName;
import io.robusttrain.evaluate.plan.NormalizationChoice;
import io.robusttrain.evaluate.plan.PreprocessingChoice;
import io.robusttrain.evaluate.plan.Representation;
import io.robusttrain.evaluate.plan.SampleChoice;
import io.robusttrain.evaluate.plan.Subject;
import io.robusttrain.evaluate.plan.SubjectPlanner;
import io.robusttrain.evaluate.plan.SubjectRequest;
import io.robusttrain.evaluate.run.TinyVictim;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.Classifier;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.oracle.Arithmetic;
import io.robusttrain.oracle.Rounding;
import io.robusttrain.pretrained.AdaptationOptions;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.ParameterLayout;
import io.robusttrain.tensor.Tensors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
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

  /** The answer of the model is its classifier applied to the representation. */
  @Test
  void aRepresentationIsWhatTheClassifierGets() {
    Subject subject = planner.plan(request(ModelRequest.of(victim.model().toString())));
    Subject represented = Representation.of(subject);
    int width = represented.model().architecture().numClasses();
    assertThat(width).isEqualTo(32);
    float[] pixels = new float[3 * 32 * 32];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = i % 7 / 7f;
    }
    float[] features = answer(represented, pixels);
    float[] logits = answer(subject, pixels);
    ParameterLayout layout = subject.model().architecture().layout();
    float[] weights = subject.model().weights();
    for (int k = 0; k < logits.length; k++) {
      double sum = weights[layout.offset("head.bias") + k];
      double size = Math.abs(sum);
      for (int d = 0; d < width; d++) {
        double term = (double) weights[layout.offset("head.weight") + k * width + d] * features[d];
        sum += term;
        size += Math.abs(term);
      }
      // 33 terms in float32, in any order.
      assertThat((double) logits[k]).isCloseTo(sum, within(33 * Rounding.UNIT * size));
    }
  }

  private static float[] answer(Subject subject, float... pixels) {
    Architecture network = subject.model().architecture();
    try (PointerScope scope = new PointerScope();
        FlatParameters parameters = new FlatParameters(network.layout(), ComputeDevice.CPU)) {
      parameters.load(subject.model().weights(), 0);
      try (Classifier classifier = network.bind(parameters)) {
        Tensor image = Tensors.of(pixels, ComputeDevice.CPU, 1, 3, 32, 32);
        return Tensors.toArray(new Victim(classifier).logits(image));
      }
    }
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
