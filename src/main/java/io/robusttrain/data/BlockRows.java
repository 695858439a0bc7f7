package io.robusttrain.data;

import org.apache.parquet.example.data.Group;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;

/** A pass over the rows of one block whose pages are in memory. Not thread-safe. */
final class BlockRows {
  private final Block block;
  private final RecordReader<Group> records;
  private final int classes;
  private int row;

  /**
   * Starts at the first row.
   *
   * @param classes number of classes, to check labels against
   */
  BlockRows(Block block, RecordReader<Group> records, int classes) {
    this.block = block;
    this.records = records;
    this.classes = classes;
  }

  /** The block being read. */
  Block block() {
    return block;
  }

  /** Index of the row that {@link #next} gives. */
  int row() {
    return row;
  }

  /** Passes over {@code count} rows. */
  void skip(int count) {
    for (int i = 0; i < count; i++) {
      record();
    }
  }

  /**
   * Reads the next row.
   *
   * @throws DataException naming file and row when the page is damaged, the image or the label is
   *     missing, or the label is out of range
   */
  EncodedImage next() {
    String where = "%s: row %d of row group %d".formatted(block.file(), row, block.rowGroup());
    long id = block.firstSample() + row;
    Group group = record();
    if (group.getFieldRepetitionCount(ImageSchema.IMAGE) == 0
        || group.getGroup(ImageSchema.IMAGE, 0).getFieldRepetitionCount(ImageSchema.BYTES) == 0) {
      throw new DataException(where + " has no image bytes; embed the images in the Parquet file");
    }
    if (group.getFieldRepetitionCount(ImageSchema.LABEL) == 0) {
      throw new DataException(where + " has no label; remove the row");
    }
    long label = label(group);
    if (label < 0 || label >= classes) {
      throw new DataException(
          "%s has the label %d, outside 0 to %d; correct the labels or the class names"
              .formatted(where, label, classes - 1));
    }
    Group image = group.getGroup(ImageSchema.IMAGE, 0);
    boolean path =
        image.getType().containsField(ImageSchema.PATH)
            && image.getFieldRepetitionCount(ImageSchema.PATH) > 0;
    return new EncodedImage(
        id,
        image.getBinary(ImageSchema.BYTES, 0).getBytes(),
        (int) label,
        path ? image.getBinary(ImageSchema.PATH, 0).toStringUsingUTF8() : "",
        block.file());
  }

  private Group record() {
    try {
      Group group = records.read();
      row++;
      return group;
    } catch (RuntimeException e) { // Parquet wraps what goes wrong inside a page
      throw damaged(block, e);
    }
  }

  static DataException damaged(Block block, Exception cause) {
    return new DataException(
        "%s: row group %d cannot be read (%s); the file is cut short or damaged: copy it or prepare the set again"
            .formatted(block.file(), block.rowGroup(), cause.getMessage()),
        cause);
  }

  /** The label of a record, whichever integer type it has. */
  static long label(Group record) {
    var type = record.getType().getType(ImageSchema.LABEL).asPrimitiveType();
    return type.getPrimitiveTypeName() == PrimitiveTypeName.INT32
        ? record.getInteger(ImageSchema.LABEL, 0)
        : record.getLong(ImageSchema.LABEL, 0);
  }
}
