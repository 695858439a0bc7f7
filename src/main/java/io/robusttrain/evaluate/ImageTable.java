package io.robusttrain.evaluate;

import io.robusttrain.evaluate.result.CleanOutcome;
import io.robusttrain.evaluate.result.Round;
import io.robusttrain.evaluate.run.EvaluationFolder;
import io.robusttrain.storage.Storage;
import java.io.IOException;
import java.util.List;
import java.util.UUID;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroupFactory;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;

/** What became of each image at each radius, as one Parquet file. */
final class ImageTable {
  private static final MessageType SCHEMA =
      MessageTypeParser.parseMessageType(
          """
          message images {
            required double epsilon;
            required int64 id;
            required int32 label;
            required int32 clean_prediction;
            required int32 prediction;
            required binary broken_by (UTF8);
            optional double size;
          }""");

  private ImageTable() {}

  /** Replaces the file; a failed write leaves it as it was. */
  static void write(
      EvaluationFolder folder, String name, long[] ids, CleanOutcome clean, List<Round> rounds)
      throws IOException {
    Path target = folder.path(name);
    Path whole = new Path(target.getParent(), "." + name + "." + UUID.randomUUID());
    FileSystem fs = folder.fileSystem();
    try {
      write(folder, whole, ids, clean, rounds);
      try (var in = fs.open(whole)) {
        Storage.replace(fs, target, in::transferTo);
      }
    } finally {
      // Not through the raw local file system: Parquet wrote a checksum file beside it.
      whole.getFileSystem(folder.configuration()).delete(whole, false);
    }
  }

  private static void write(
      EvaluationFolder folder, Path file, long[] ids, CleanOutcome clean, List<Round> rounds)
      throws IOException {
    SimpleGroupFactory groups = new SimpleGroupFactory(SCHEMA);
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(file)
            .withConf(folder.configuration())
            .withType(SCHEMA)
            .withCompressionCodec(CompressionCodecName.UNCOMPRESSED)
            .build()) {
      for (Round round : rounds) {
        for (int row = 0; row < ids.length; row++) {
          Group group =
              groups
                  .newGroup()
                  .append("epsilon", round.epsilon())
                  .append("id", ids[row])
                  .append("label", clean.labels()[row])
                  .append("clean_prediction", clean.predictions()[row])
                  .append("prediction", round.prediction(row))
                  .append("broken_by", round.brokenBy(row));
          if (!round.stands(row)) {
            group.append("size", round.size(row));
          }
          writer.write(group);
        }
      }
    }
  }
}
