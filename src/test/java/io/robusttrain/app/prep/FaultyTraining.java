package io.robusttrain.app.prep;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.robusttrain.app.DataFault;
import io.robusttrain.app.FaultyReadsFileSystem;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Whole runs on three shards of 24 images, of which one goes bad when it is read. */
public final class FaultyTraining {
  public static final String SHARD = "train/part-00001.parquet";
  public static final String VALIDATION_SHARD = "validation/part-00000.parquet";
  public static final int TRAIN = 72;

  private final Path folder;
  private final TinyTraining training;

  /** Draws the images twice: with and without the manifest that holds the checksums. */
  public FaultyTraining(Path folder) throws IOException {
    this.folder = folder;
    this.training = new TinyTraining(folder);
    prepare("own");
    prepare("foreign");
    Files.delete(folder.resolve("foreign/dataset.json"));
  }

  private void prepare(String name) {
    String out = folder.resolve(name).toString();
    int code =
        PrepCommand.execute(
            new PrintWriter(new StringWriter()),
            new PrintWriter(System.err, true, UTF_8),
            "synthetic",
            "--output",
            out,
            "--train",
            Integer.toString(TRAIN),
            "--val",
            "40",
            "--size",
            "32",
            "--row-group-samples",
            "8",
            "--shard-size",
            "80KB",
            "--threads",
            "2");
    assertThat(code).isZero();
  }

  public TinyTraining training() {
    return training;
  }

  /** One epoch with a fault on the second shard. */
  public TinyTraining.Outcome run(String id, DataFault fault, String... changes) {
    return run(id, SHARD, fault, changes);
  }

  /** One epoch with a fault on a shard. */
  public TinyTraining.Outcome run(String id, String shard, DataFault fault, String... changes) {
    FaultyReadsFileSystem.put(shard, fault);
    try {
      return train(id, fault.ofForeignSet() ? "foreign" : "own", changes);
    } finally {
      FaultyReadsFileSystem.clear();
    }
  }

  private TinyTraining.Outcome train(String id, String set, String... changes) {
    List<String> all = new ArrayList<>();
    all.add("data.path=" + FaultyReadsFileSystem.uri(folder.resolve(set)));
    all.add("train.epochs=1");
    all.add("lr-schedule.warmup-epochs=0");
    all.add("eps-schedule.period=1");
    all.add("guard.probe.action=off");
    all.add("doctor.action=off");
    all.addAll(Arrays.asList(changes));
    return training.train(id, all.toArray(String[]::new));
  }
}
