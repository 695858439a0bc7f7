package io.robusttrain.data.shard;

import io.robusttrain.data.DataException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.HadoopReadOptions;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.column.statistics.IntStatistics;
import org.apache.parquet.column.statistics.LongStatistics;
import org.apache.parquet.column.statistics.Statistics;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.MessageColumnIO;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;

/** One open Parquet file of an image set. Not thread-safe. */
public final class ShardReader implements AutoCloseable {
  private final String file;
  private final ShardInput input;
  private final ParquetFileReader reader;
  private final ImageSchema schema;

  /**
   * A row group as the footer describes it.
   *
   * @param rows samples
   * @param bytes uncompressed bytes of column image.bytes
   * @param minLabel smallest label, if the footer says
   * @param maxLabel largest label, if the footer says
   * @param check where its bytes are, without a checksum of them
   */
  record RowGroup(
      long rows, long bytes, OptionalLong minLabel, OptionalLong maxLabel, BlockCheck check) {}

  private ShardReader(String file, ShardInput input, ParquetFileReader reader, ImageSchema schema) {
    this.file = file;
    this.input = input;
    this.reader = reader;
    this.schema = schema;
  }

  /**
   * Opens a file and reads its footer.
   *
   * @param columns that are looked for
   * @throws DataException when the file is missing, cut short, has other columns, or pages of a
   *     codec that is not read
   * @throws UncheckedIOException when the storage fails, which says nothing of the file
   */
  static ShardReader open(Configuration conf, String file, ImageColumns columns) {
    return open(conf, file, columns, input -> {});
  }

  /**
   * Opens the file of a row group.
   *
   * @throws DataException as {@link #open(Configuration, String, ImageColumns)}, and when it is
   *     another file than the row group was found in
   */
  public static ShardReader open(Configuration conf, Block block) {
    return open(conf, block.file(), block.columns(), input -> input.require(block.check().seal()));
  }

  private static ShardReader open(
      Configuration conf, String file, ImageColumns columns, Consumer<ShardInput> check) {
    ShardInput input = null;
    try {
      input = ShardInput.open(conf, file);
      check.accept(input);
      ParquetFileReader reader =
          ParquetFileReader.open(
              input,
              HadoopReadOptions.builder(conf)
                  .withCodecFactory(new PageCodecs())
                  // Where a writer has put checksums; RobustPrep's are of row groups.
                  .usePageChecksumVerification(true)
                  .build());
      ImageSchema schema = ImageSchema.of(reader.getFileMetaData().getSchema(), columns, file);
      requireReadable(reader, schema, file);
      return new ShardReader(file, input, reader, schema);
    } catch (DataException e) {
      closeAfter(input, e);
      throw e;
    } catch (IOException | RuntimeException e) { // Parquet reports bad footers with both
      closeAfter(input, e);
      if (input == null || input.bytes().storageFailure().isPresent()) {
        throw storageFailed(file, e);
      }
      throw ShardInput.damaged(file, e.getMessage(), e);
    }
  }

  /** A run must not meet an unreadable codec at its first page, on an executor. */
  @SuppressWarnings("deprecation") // as in rowGroups
  private static void requireReadable(ParquetFileReader reader, ImageSchema schema, String file) {
    for (BlockMetaData block : reader.getFooter().getBlocks()) {
      for (ColumnChunkMetaData column : block.getColumns()) {
        if (schema.reads(column.getPath()) && !PageCodecs.reads(column.getCodec())) {
          throw PageCodecs.unreadable(file, column.getCodec());
        }
      }
    }
  }

  private static void closeAfter(ShardInput input, Exception cause) {
    if (input != null) {
      try {
        input.close();
      } catch (IOException e) {
        cause.addSuppressed(e);
      }
    }
  }

  private static RuntimeException storageFailed(String file, Exception cause) {
    if (cause instanceof IOException failure) {
      String message =
          "%s cannot be read: the storage failed (%s); see whether it is reachable and submit the run id again"
              .formatted(file, failure.getMessage());
      IOException told = new IOException(message);
      told.addSuppressed(failure); // the innermost cause is shown, and it must say where
      return new UncheckedIOException(message, told);
    }
    return (RuntimeException) cause;
  }

  /**
   * The row groups in file order.
   *
   * @throws DataException when the footer places one outside the file
   */
  @SuppressWarnings("deprecation") // the path of a chunk's column has no other accessor
  List<RowGroup> rowGroups() {
    List<RowGroup> groups = new ArrayList<>();
    for (BlockMetaData block : reader.getFooter().getBlocks()) {
      long bytes = 0;
      OptionalLong min = OptionalLong.empty();
      OptionalLong max = OptionalLong.empty();
      for (ColumnChunkMetaData column : block.getColumns()) {
        if (schema.isBytes(column.getPath())) {
          bytes = column.getTotalUncompressedSize();
        } else if (schema.isLabel(column.getPath())) {
          Statistics<?> statistics = column.getStatistics();
          if (statistics instanceof LongStatistics s && s.hasNonNullValue()) {
            min = OptionalLong.of(s.getMin());
            max = OptionalLong.of(s.getMax());
          } else if (statistics instanceof IntStatistics s && s.hasNonNullValue()) {
            min = OptionalLong.of(s.getMin());
            max = OptionalLong.of(s.getMax());
          }
        }
      }
      groups.add(new RowGroup(block.getRowCount(), bytes, min, max, place(block)));
    }
    return groups;
  }

  /** Where a row group lies; a damaged footer must not make anybody allocate what it states. */
  private BlockCheck place(BlockMetaData block) {
    ShardSeal seal = input.seal();
    long start = seal.footerStart();
    long end = 0;
    for (ColumnChunkMetaData column : block.getColumns()) {
      long from = column.getStartingPos();
      long size = column.getTotalSize();
      if (from < 4 || size < 1 || size > seal.footerStart() - from || block.getRowCount() < 0) {
        throw ShardInput.damaged(
            file,
            "its footer places %d bytes at %d of a file of %d".formatted(size, from, seal.length()),
            null);
      }
      start = Math.min(start, from);
      end = Math.max(end, from + size);
    }
    return new BlockCheck(seal, start, end - start, false, 0);
  }

  /** What the file calls the columns that are read. */
  ImageColumns columns() {
    return schema.columns();
  }

  /** The metadata of Hugging Face's library, if there is any. */
  Optional<String> huggingFace() {
    return Optional.ofNullable(
        reader.getFileMetaData().getKeyValueMetaData().get(HuggingFaceMetadata.KEY));
  }

  /** Names of the classes in index order; empty when the file does not say. */
  List<String> classNames() {
    return HuggingFaceMetadata.classNames(huggingFace().orElse(null), columns().label());
  }

  /**
   * Reads the pages of one row group into memory, still compressed.
   *
   * @param classes labels lie below
   * @param rules limits of the images
   * @throws DataException when they cannot be read, their checksum is wrong or the file has changed
   * @throws UncheckedIOException when the storage fails
   */
  public BlockRows rows(Block block, int classes, SampleRules rules) {
    try {
      PageReadStore pages = pages(block.rowGroup(), schema.projection());
      if (pages.getRowCount() != block.rows()) {
        throw new DataException(
            "%s: row group %d has %d rows instead of %d; the file was changed after the run began"
                .formatted(file, block.rowGroup(), pages.getRowCount(), block.rows()));
      }
      block.requireAsWritten(input.bytes());
      return new BlockRows(block, records(pages, schema.projection()), classes, rules);
    } catch (DataException e) {
      throw e;
    } catch (IOException | RuntimeException e) { // damaged page headers come as either
      if (input.bytes().storageFailure().isPresent()) {
        throw storageFailed(file, e);
      }
      if (block.check().refutes(input.bytes())) {
        block.requireAsWritten(input.bytes()); // says more than where Parquet stumbled
      }
      throw BlockRows.damaged(block, e);
    }
  }

  /** The largest label of a row group, from the label column itself. */
  long maxLabel(int rowGroup) {
    return Math.max(-1, Collections.max(labels(rowGroup)));
  }

  /** The labels of a row group, from that column alone; -1 where a row has none. */
  public List<Long> labels(int rowGroup) {
    String name = schema.columns().label();
    return column(
        rowGroup,
        schema.label(),
        record -> record.getFieldRepetitionCount(name) > 0 ? BlockRows.label(record, name) : -1);
  }

  /**
   * Where the images of a row group came from, from that column alone; empty strings where the file
   * does not say.
   */
  public List<String> paths(int rowGroup) {
    GroupType image = schema.image();
    if (!image.containsField(ImageSchema.PATH)) {
      long rows = reader.getFooter().getBlocks().get(rowGroup).getRowCount();
      return Collections.nCopies(Math.toIntExact(rows), "");
    }
    GroupType path =
        new GroupType(image.getRepetition(), image.getName(), image.getType(ImageSchema.PATH));
    return column(rowGroup, path, record -> BlockRows.path(record, image.getName()));
  }

  /** One value of each row of a row group, read from one column alone. */
  private <T> List<T> column(int rowGroup, Type type, Function<Group, T> value) {
    MessageType columns = new MessageType(schema.projection().getName(), type);
    try {
      PageReadStore pages = pages(rowGroup, columns);
      RecordReader<Group> records = records(pages, columns);
      List<T> values = new ArrayList<>();
      for (long row = 0; row < pages.getRowCount(); row++) {
        values.add(value.apply(records.read()));
      }
      return values;
    } catch (DataException e) {
      throw e;
    } catch (IOException | RuntimeException e) { // damaged pages come as either
      if (input.bytes().storageFailure().isPresent()) {
        throw storageFailed(file, e);
      }
      throw new DataException(
          "%s: the column %s of row group %d cannot be read (%s); the file is cut short or damaged: copy it or prepare the set again"
              .formatted(file, type.getName(), rowGroup, e.getMessage()),
          e);
    }
  }

  private PageReadStore pages(int rowGroup, MessageType columns) throws IOException {
    reader.setRequestedSchema(columns);
    for (int i = 0; i < rowGroup; i++) {
      reader.skipNextRowGroup();
    }
    return reader.readNextRowGroup();
  }

  private static RecordReader<Group> records(PageReadStore pages, MessageType columns) {
    MessageColumnIO io = new ColumnIOFactory().getColumnIO(columns);
    return io.getRecordReader(pages, new GroupRecordConverter(columns));
  }

  @Override
  public void close() {
    try {
      reader.close();
    } catch (IOException e) {
      throw new DataException(file + " cannot be closed: " + e.getMessage(), e);
    }
  }
}
