package io.robusttrain.data;

import io.robusttrain.data.shard.ImageColumns;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.column.ParquetProperties;
import org.apache.parquet.column.statistics.Statistics;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.parquet.hadoop.util.HadoopOutputFile;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;

/** Writes small Parquet files of images for the tests. */
public final class ParquetFixture {
  public static final String OPTIONAL =
      """
      message images {
        optional group image { optional binary bytes; optional binary path (UTF8); }
        optional int64 label;
      }""";
  public static final String REQUIRED =
      """
      message images {
        required group image { required binary bytes; required binary path (UTF8); }
        required int32 label;
      }""";
  public static final String WITHOUT_PATH =
      """
      message images {
        optional int64 label;
        optional group image { optional binary bytes; }
        optional double width;
      }""";

  /** One row; a null image or label stays out of the file. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Row(byte[] image, Integer label, String path) {
    public static Row of(byte[] image, int label) {
      return new Row(image, label, "class" + label + "/x.jpg");
    }
  }

  private final MessageType schema;
  private final CompressionCodecName codec;
  private final Map<String, String> metadata;
  private final int rowsPerGroup;
  private final ImageColumns columns;

  public ParquetFixture(
      String schema, CompressionCodecName codec, Map<String, String> metadata, int rowsPerGroup) {
    this(schema, codec, metadata, rowsPerGroup, ImageColumns.USUAL);
  }

  /** A fixture whose schema calls its columns otherwise. */
  public ParquetFixture(
      String schema,
      CompressionCodecName codec,
      Map<String, String> metadata,
      int rowsPerGroup,
      ImageColumns columns) {
    this.schema = MessageTypeParser.parseMessageType(schema);
    this.codec = codec;
    this.metadata = new HashMap<>(metadata);
    this.rowsPerGroup = rowsPerGroup;
    this.columns = columns;
  }

  public static ParquetFixture plain(int rowsPerGroup) {
    return new ParquetFixture(OPTIONAL, CompressionCodecName.SNAPPY, Map.of(), rowsPerGroup);
  }

  /**
   * Writes row groups of {@code rowsPerGroup} rows, which the ordinary writer cannot make small.
   */
  public void write(Path file, List<Row> rows) {
    try {
      Files.createDirectories(file.getParent());
      Configuration conf = new Configuration(false);
      ParquetFileWriter merged =
          new ParquetFileWriter(
              HadoopOutputFile.fromPath(new org.apache.hadoop.fs.Path(file.toUri()), conf),
              schema,
              ParquetFileWriter.Mode.CREATE,
              ParquetWriter.DEFAULT_BLOCK_SIZE,
              ParquetWriter.MAX_PADDING_SIZE_DEFAULT,
              ParquetProperties.DEFAULT_COLUMN_INDEX_TRUNCATE_LENGTH,
              ParquetProperties.DEFAULT_STATISTICS_TRUNCATE_LENGTH,
              true);
      merged.start();
      for (int from = 0; from < rows.size(); from += rowsPerGroup) {
        Path group = Files.createTempFile(file.getParent(), "group", ".tmp");
        Files.delete(group);
        writeGroup(group, rows.subList(from, Math.min(from + rowsPerGroup, rows.size())));
        merged.appendFile(
            HadoopInputFile.fromPath(new org.apache.hadoop.fs.Path(group.toUri()), conf));
        delete(group);
      }
      merged.end(metadata);
      // Hadoop's checksum would be noticed before anything that a test damages.
      Files.deleteIfExists(file.resolveSibling("." + file.getFileName() + ".crc"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes a file whose footer names a codec; its pages are nothing. */
  public static void writeFooter(Path file, CompressionCodecName codec) throws IOException {
    Files.createDirectories(file.getParent());
    MessageType schema = MessageTypeParser.parseMessageType(OPTIONAL);
    ParquetFileWriter writer =
        new ParquetFileWriter(
            HadoopOutputFile.fromPath(
                new org.apache.hadoop.fs.Path(file.toUri()), new Configuration(false)),
            schema,
            ParquetFileWriter.Mode.CREATE,
            ParquetWriter.DEFAULT_BLOCK_SIZE,
            ParquetWriter.MAX_PADDING_SIZE_DEFAULT,
            ParquetProperties.DEFAULT_COLUMN_INDEX_TRUNCATE_LENGTH,
            ParquetProperties.DEFAULT_STATISTICS_TRUNCATE_LENGTH,
            true);
    writer.start();
    writer.startBlock(1);
    for (ColumnDescriptor column : schema.getColumns()) {
      writer.startColumn(column, 1, codec);
      writer.writeDataPage(
          1,
          4,
          BytesInput.from(new byte[4]),
          Statistics.createStats(column.getPrimitiveType()),
          1,
          Encoding.RLE,
          Encoding.RLE,
          Encoding.PLAIN);
      writer.endColumn();
    }
    writer.endBlock();
    writer.end(Map.of());
  }

  private void writeGroup(Path file, List<Row> rows) throws IOException {
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(new org.apache.hadoop.fs.Path(file.toUri()))
            .withType(schema)
            .withCompressionCodec(codec)
            .build()) {
      for (Row row : rows) {
        writer.write(group(row));
      }
    }
  }

  private static void delete(Path file) throws IOException {
    Files.delete(file);
    Files.deleteIfExists(file.resolveSibling("." + file.getFileName() + ".crc"));
  }

  private Group group(Row row) {
    SimpleGroup group = new SimpleGroup(schema);
    Group image = group.addGroup(columns.image());
    if (row.image() != null) {
      image.add("bytes", Binary.fromConstantByteArray(row.image()));
    }
    if (schema.getType(columns.image()).asGroupType().containsField("path")) {
      image.add("path", Binary.fromString(row.path()));
    }
    if (row.label() != null) {
      boolean narrow =
          schema.getType(columns.label()).asPrimitiveType().getPrimitiveTypeName()
              == PrimitiveTypeName.INT32;
      if (narrow) {
        group.add(columns.label(), (int) row.label());
      } else {
        group.add(columns.label(), (long) row.label());
      }
    }
    return group;
  }
}
