package io.robusttrain.data.prep;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.robusttrain.base.Json;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.column.ParquetProperties;
import org.apache.parquet.column.statistics.Statistics;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.hadoop.util.HadoopOutputFile;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;

/**
 * Writes one Parquet file in the layout of the Hugging Face hub: {@code image: struct<bytes:
 * binary, path: string>}, {@code label: int64}, uncompressed because encoded images do not
 * compress. Row groups are cut exactly by bytes and samples, each column of a group is one page;
 * the usual Parquet writers cannot do that and keep row groups of many megabytes. Holds one row
 * group in memory. Not thread-safe.
 */
final class ImageShardWriter implements Closeable {
  private static final MessageType SCHEMA =
      MessageTypeParser.parseMessageType(
          "message schema { optional group image { optional binary bytes; optional binary path"
              + " (UTF8); } optional int64 label; }");
  private static final ColumnDescriptor BYTES =
      SCHEMA.getColumnDescription(new String[] {"image", "bytes"});
  private static final ColumnDescriptor PATH =
      SCHEMA.getColumnDescription(new String[] {"image", "path"});
  private static final ColumnDescriptor LABEL = SCHEMA.getColumnDescription(new String[] {"label"});
  private static final CompressionCodecName CODEC = CompressionCodecName.UNCOMPRESSED;

  private final PrepSettings settings;
  private final List<String> classes;
  private final ParquetFileWriter file;
  private final List<byte[]> images = new ArrayList<>();
  private final List<byte[]> paths = new ArrayList<>();
  private final List<Integer> labels = new ArrayList<>();
  private long groupBytes;

  /** Creates or replaces the file. */
  ImageShardWriter(Configuration conf, Path path, List<String> classes, PrepSettings settings)
      throws IOException {
    this.settings = settings;
    this.classes = classes;
    this.file =
        new ParquetFileWriter(
            HadoopOutputFile.fromPath(path, conf),
            SCHEMA,
            ParquetFileWriter.Mode.OVERWRITE,
            settings.rowGroupBytes(),
            0,
            ParquetProperties.DEFAULT_COLUMN_INDEX_TRUNCATE_LENGTH,
            ParquetProperties.DEFAULT_STATISTICS_TRUNCATE_LENGTH,
            // Checksums of row groups stand in the footer.
            false);
    file.start();
  }

  /** Appends an image; keeps the array until the row group is written. */
  void add(byte[] image, String path, int label) throws IOException {
    byte[] pathBytes = path.getBytes(UTF_8);
    long size = image.length + pathBytes.length + 16L;
    if (!images.isEmpty()
        && (groupBytes + size > settings.rowGroupBytes()
            || images.size() >= settings.rowGroupSamples())) {
      writeGroup();
    }
    images.add(image);
    paths.add(pathBytes);
    labels.add(label);
    groupBytes += size;
  }

  /** Writes the footer; the file is complete only after that. */
  @Override
  public void close() throws IOException {
    if (!images.isEmpty()) {
      writeGroup();
    }
    file.end(Map.of("huggingface", features(classes)));
  }

  /** The features as the Hugging Face {@code datasets} library stores them in a file. */
  static String features(List<String> classes) {
    ObjectNode root = Json.object();
    ObjectNode features = root.putObject("info").putObject("features");
    features.putObject("image").put("_type", "Image");
    ObjectNode label = features.putObject("label");
    classes.forEach(label.putArray("names")::add);
    label.put("_type", "ClassLabel");
    return root.toString();
  }

  private void writeGroup() throws IOException {
    int rows = images.size();
    file.startBlock(rows);
    writeColumn(BYTES, binary(images));
    writeColumn(PATH, binary(paths));
    ByteBuffer values = ByteBuffer.allocate(8 * rows).order(ByteOrder.LITTLE_ENDIAN);
    Statistics<?> statistics = Statistics.createStats(LABEL.getPrimitiveType());
    for (int label : labels) {
      values.putLong(label);
      statistics.updateStats((long) label);
    }
    writeColumn(LABEL, BytesInput.from(values.array()), statistics);
    file.endBlock();
    images.clear();
    paths.clear();
    labels.clear();
    groupBytes = 0;
  }

  private void writeColumn(ColumnDescriptor column, BytesInput values) throws IOException {
    writeColumn(column, values, Statistics.createStats(column.getPrimitiveType()));
  }

  private void writeColumn(ColumnDescriptor column, BytesInput values, Statistics<?> statistics)
      throws IOException {
    int rows = images.size();
    BytesInput page =
        BytesInput.concat(definitionLevels(rows, column.getMaxDefinitionLevel()), values);
    file.startColumn(column, rows, CODEC);
    file.writeDataPage(
        rows,
        Math.toIntExact(page.size()),
        page,
        statistics,
        rows,
        Encoding.RLE,
        Encoding.RLE,
        Encoding.PLAIN);
    file.endColumn();
  }

  /** PLAIN encoding of byte arrays: four bytes of length before each. */
  private static BytesInput binary(List<byte[]> values) {
    List<BytesInput> parts = new ArrayList<>(2 * values.size());
    for (byte[] value : values) {
      parts.add(BytesInput.fromInt(value.length));
      parts.add(BytesInput.from(value));
    }
    return BytesInput.concat(parts);
  }

  /** One RLE run that says that no value is null, behind its length. */
  private static BytesInput definitionLevels(int rows, int level) throws IOException {
    BytesInput run =
        BytesInput.concat(
            BytesInput.fromUnsignedVarInt(rows << 1), BytesInput.from(new byte[] {(byte) level}));
    return BytesInput.concat(BytesInput.fromInt((int) run.size()), run);
  }
}
