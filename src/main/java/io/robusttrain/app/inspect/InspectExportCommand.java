package io.robusttrain.app.inspect;

import io.robusttrain.app.ExitCode;
import io.robusttrain.checkpoint.card.ModelCard;
import io.robusttrain.checkpoint.card.PreprocessingCard;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.ModelOptions;
import io.robusttrain.model.TimmModel;
import io.robusttrain.model.family.ModelRegistry;
import io.robusttrain.pretrained.WeightsFile;
import io.robusttrain.storage.Storage;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code RobustInspect export}. */
@Command(
    name = "export",
    description =
        "Writes the weights of a model of this project as one safetensors file under timm's names,"
            + " and prints the Python that loads it with timm.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class InspectExportCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      index = "0",
      paramLabel = "SOURCE",
      description = "A run directory (its best model), a checkpoint directory or a model file.")
  private String source;

  @Parameters(index = "1", paramLabel = "FILE", description = "The safetensors file to write.")
  private String target;

  @Option(names = "--overwrite", description = "Replace an existing file.")
  private boolean overwrite;

  @Override
  public Integer call() throws IOException {
    Configuration hadoop = new Configuration();
    Path path = new Path(target);
    FileSystem fs = Storage.fileSystem(path, hadoop);
    if (fs.exists(path) && !overwrite) {
      throw new IllegalArgumentException(
          "%s exists already; name another file or say --overwrite".formatted(target));
    }
    try (WeightsFile weights = WeightsFiles.open(source, hadoop, Optional.empty())) {
      ModelCard card = weights.card().orElseThrow(() -> WeightsFiles.notOurs(weights));
      requirePlain(weights.path(), card);
      Architecture model =
          ModelRegistry.create(card.architecture().model(), card.architecture().arguments());
      // A model file has timm's names already, and its checksums were verified when it was opened.
      Path file = new Path(weights.path());
      try (InputStream in = Storage.fileSystem(file, hadoop).open(file)) {
        Storage.replace(fs, path, in::transferTo);
      }
      print(card, model);
    }
    return ExitCode.DONE.number();
  }

  /** In timm the weights would be those of another model, which answers otherwise. */
  private static void requirePlain(String path, ModelCard card) {
    if (card.architecture().arguments().containsKey(ModelOptions.MEAN_SPARSE)) {
      throw new IllegalArgumentException(
          "%s has sparsified activations (%s), which timm does not have; export the model that it was made of: %s"
              .formatted(
                  path,
                  ModelOptions.MEAN_SPARSE,
                  card.provenance()
                      .facts()
                      .getOrDefault("mean_sparse_of", "its file does not say")));
    }
  }

  private void print(ModelCard card, Architecture model) {
    PrintWriter out = spec.commandLine().getOut();
    out.printf("written: %s%n", target);
    Optional<TimmModel> timm = model.timm();
    if (timm.isEmpty()) {
      out.printf(
          "timm has no %s; the names are those of RobustBench's model of this layout%n",
          model.name());
    } else {
      out.println("timm 1.0.29 loads it so:");
      out.println("  import safetensors.torch, timm, torch");
      timm.get().code().forEach(line -> out.println("  " + line));
      out.printf(
          "  model.load_state_dict(safetensors.torch.load_file(\"%s\"), strict=True)%n", target);
    }
    PreprocessingCard input = card.preprocessing();
    out.printf(
        "input: %dx%d, crop_pct %s, %s, pixels in [0,1], then (x - mean) / std with mean %s and std %s%n",
        input.height(),
        input.width(),
        input.cropPct(),
        input.interpolation(),
        input.mean(),
        input.std());
  }
}
