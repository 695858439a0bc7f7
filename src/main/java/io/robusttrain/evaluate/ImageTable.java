package io.robusttrain.evaluate;

import io.robusttrain.evaluate.result.CleanOutcome;
import io.robusttrain.evaluate.result.Round;
import io.robusttrain.evaluate.run.EvaluationFolder;
import io.robusttrain.storage.Storage;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.GroupWriter;
import org.apache.parquet.example.data.simple.SimpleGroupFactory;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.api.RecordConsumer;
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
        new RowWriter(file)
            .withConf(folder.configuration())
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

  /** Parquet's own builder of such writers signs with the name of its examples. */
  private static final class RowWriter extends ParquetWriter.Builder<Group, RowWriter> {
    RowWriter(Path file) {
      super(file);
    }

    @Override
    protected RowWriter self() {
      return this;
    }

    @Override
    protected WriteSupport<Group> getWriteSupport(Configuration conf) {
      return new Rows();
    }
  }

  /** Hands rows of the schema to Parquet, in this project's name. */
  private static final class Rows extends WriteSupport<Group> {
    private GroupWriter rows;

    @Override
    public String getName() {
      return "robusttrain";
    }

    @Override
    public WriteContext init(Configuration conf) {
      return new WriteContext(SCHEMA, Map.of());
    }

    @Override
    public void prepareForWrite(RecordConsumer consumer) {
      rows = new GroupWriter(consumer, SCHEMA);
    }

    @Override
    public void write(Group row) {
      rows.write(row);
    }
  }
}
