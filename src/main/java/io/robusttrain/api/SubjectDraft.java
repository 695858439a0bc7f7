package io.robusttrain.api;

import io.robusttrain.data.shard.ImageColumns;
import io.robusttrain.evaluate.plan.ModelRequest;
import io.robusttrain.evaluate.plan.NormalizationChoice;
import io.robusttrain.evaluate.plan.PreprocessingChoice;
import io.robusttrain.evaluate.plan.SampleChoice;
import io.robusttrain.evaluate.plan.SubjectRequest;
import io.robusttrain.tensor.ComputeDevice;
import java.util.Optional;

/** What was said so far of a model and the images that it is looked at with. */
final class SubjectDraft {
  private Optional<ModelRequest> model = Optional.empty();
  private Optional<String> data = Optional.empty();
  private Optional<String> output = Optional.empty();
  private String split = "validation";
  private SampleChoice samples = new SampleChoice.All();
  private int threads = 1;

  void model(String path) {
    model = Optional.of(ModelRequest.of(path));
  }

  void model(String path, String name, String normalization) {
    model = Optional.of(Failures.readable(() -> foreign(path, name, normalization)));
  }

  /** Weights of others. */
  static ModelRequest foreign(String path, String name, String normalization) {
    return ModelRequest.of(
        path,
        Optional.of(name),
        Optional.of(NormalizationChoice.parse("normalisation", normalization)));
  }

  void data(String path) {
    data = Optional.of(path);
  }

  void split(String name) {
    split = name;
  }

  void samples(SampleChoice choice) {
    samples = choice;
  }

  void threads(int count) {
    threads = count;
  }

  void output(String directory) {
    output = Optional.of(directory);
  }

  /** The directory of the result. */
  String output() {
    return output.orElseThrow(
        () ->
            new RobustTrainException(
                "where does the result go? Give a directory with output(...), in which the same work goes on when it is interrupted"));
  }

  /** All of it. */
  SubjectRequest request() {
    output();
    return new SubjectRequest(
        model.orElseThrow(
            () -> new RobustTrainException("which model? Give a file or a run with model(...)")),
        data.orElseThrow(
            () -> new RobustTrainException("which images? Give a data set with data(...)")),
        split,
        ImageColumns.USUAL,
        Optional.empty(),
        samples,
        PreprocessingChoice.CHECKPOINT,
        Optional.empty(),
        Optional.empty(),
        threads,
        ComputeDevice.CPU);
  }
}
