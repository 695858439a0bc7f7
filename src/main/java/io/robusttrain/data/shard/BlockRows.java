package io.robusttrain.data.shard;

import io.robusttrain.data.DataException;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;

/** A pass over the rows of one block whose pages are in memory. Not thread-safe. */
public final class BlockRows {
  private final Block block;
  private final RecordReader<Group> records;
  private final int classes;
  private final SampleRules rules;
  private int row;

  /** Why the rows from here on cannot be read; null while they can. */
  private DataException broken;

  /**
   * Starts at the first row.
   *
   * @param classes number of classes, to check labels against
   * @param rules limits of the images
   */
  BlockRows(Block block, RecordReader<Group> records, int classes, SampleRules rules) {
    this.block = block;
    this.records = records;
    this.classes = classes;
    this.rules = rules;
  }

  /** The block being read. */
  public Block block() {
    return block;
  }

  /** Whether a damaged page ends the rows. */
  boolean isBroken() {
    return broken != null;
  }

  /** Index of the row that {@link #next} gives. */
  public int row() {
    return row;
  }

  /** Passes over {@code count} rows. */
  public void skip(int count) {
    for (int i = 0; i < count; i++) {
      record();
    }
  }

  /**
   * Reads the next row.
   *
   * @throws DataException naming file and row when the page is damaged, the image or the label is
   *     missing, the label is out of range or the image has too many bytes; after a damaged page
   *     every later row has the same failure
   */
  public EncodedImage next() {
    String where = "%s: row %d of row group %d".formatted(block.file(), row, block.rowGroup());
    long id = block.firstSample() + row;
    Group group = record();
    ImageColumns columns = block.columns();
    if (group.getFieldRepetitionCount(columns.image()) == 0
        || group.getGroup(columns.image(), 0).getFieldRepetitionCount(ImageSchema.BYTES) == 0) {
      throw new DataException(where + " has no image bytes; embed the images in the Parquet file");
    }
    if (group.getFieldRepetitionCount(columns.label()) == 0) {
      throw new DataException(where + " has no label; remove the row");
    }
    long label = label(group, columns.label());
    if (label < 0 || label >= classes) {
      throw new DataException(
          "%s has the label %d, outside 0 to %d; correct the labels or the class names"
              .formatted(where, label, classes - 1));
    }
    Binary bytes = group.getGroup(columns.image(), 0).getBinary(ImageSchema.BYTES, 0);
    if (bytes.length() > rules.maxEncodedBytes()) {
      throw new DataException(
          "%s (sample %d) has an image of %d encoded bytes, more than the limit of %d (data.max-encoded-bytes of a training run); remove it or encode it smaller"
              .formatted(where, id, bytes.length(), rules.maxEncodedBytes()));
    }
    return new EncodedImage(id, bytes.getBytes(), (int) label, path(group, columns.image()), block);
  }

  private Group record() {
    if (broken != null) {
      throw broken;
    }
    try {
      Group group = records.read();
      row++;
      return group;
    } catch (RuntimeException e) { // Parquet wraps what goes wrong inside a page
      broken = damaged(block, e);
      throw broken;
    }
  }

  static DataException damaged(Block block, Exception cause) {
    return new DataException(
        "%s: row group %d cannot be read (%s); the file is cut short or damaged: copy it or prepare the set again"
            .formatted(block.file(), block.rowGroup(), cause.getMessage()),
        cause);
  }

  /** Where the image of a record came from; empty where the record does not say. */
  static String path(Group record, String column) {
    if (record.getFieldRepetitionCount(column) == 0) {
      return "";
    }
    Group image = record.getGroup(column, 0);
    boolean known =
        image.getType().containsField(ImageSchema.PATH)
            && image.getFieldRepetitionCount(ImageSchema.PATH) > 0;
    return known ? image.getBinary(ImageSchema.PATH, 0).toStringUsingUTF8() : "";
  }

  /** The label of a record, whichever integer type it has. */
  static long label(Group record, String column) {
    var type = record.getType().getType(column).asPrimitiveType();
    return type.getPrimitiveTypeName() == PrimitiveTypeName.INT32
        ? record.getInteger(column, 0)
        : record.getLong(column, 0);
  }
}
