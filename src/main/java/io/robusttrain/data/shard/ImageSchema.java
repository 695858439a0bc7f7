package io.robusttrain.data.shard;

import io.robusttrain.data.DataException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.apache.parquet.hadoop.metadata.ColumnPath;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;

/**
 * What is read of a file of an image set: a column {@code struct<bytes: binary, path: string>} and
 * one of labels, {@code int64} or int32, required or optional; {@code path} may be missing.
 *
 * @param projection those columns alone
 * @param columns their names in this file
 */
record ImageSchema(MessageType projection, ImageColumns columns) {
  static final String BYTES = "bytes";
  static final String PATH = "path";

  /** What some sets of the Hugging Face hub, CIFAR's among them, call the column of images. */
  static final String SHORT_IMAGE = "img";

  /**
   * Finds the columns in the schema of a file.
   *
   * @param wanted their names; images under the usual name are also found as {@code img}
   * @throws DataException when a column is missing or has another type, saying what was found
   */
  static ImageSchema of(MessageType schema, ImageColumns wanted, String file) {
    boolean shortened =
        wanted.image().equals(ImageColumns.USUAL.image())
            && !wanted.label().equals(SHORT_IMAGE)
            && !schema.containsField(wanted.image())
            && schema.containsField(SHORT_IMAGE);
    ImageColumns columns = shortened ? wanted.withImage(SHORT_IMAGE) : wanted;
    Wanted found = new Wanted(schema, columns, file);
    Type image = found.column(schema, columns.image());
    if (image.isPrimitive() || image.isRepetition(Type.Repetition.REPEATED)) {
      throw found.wrong("column %s is no struct".formatted(columns.image()));
    }
    GroupType struct = image.asGroupType();
    Type bytes = found.column(struct, BYTES);
    if (!is(bytes, PrimitiveTypeName.BINARY)) {
      throw found.wrong("column %s.bytes is not binary".formatted(columns.image()));
    }
    Type label = found.column(schema, columns.label());
    if (!is(label, PrimitiveTypeName.INT64) && !is(label, PrimitiveTypeName.INT32)) {
      throw found.wrong("column %s is no integer of 64 or 32 bits".formatted(columns.label()));
    }
    boolean path = struct.containsField(PATH) && is(struct.getType(PATH), PrimitiveTypeName.BINARY);
    GroupType read =
        path
            ? new GroupType(image.getRepetition(), columns.image(), bytes, struct.getType(PATH))
            : new GroupType(image.getRepetition(), columns.image(), bytes);
    return new ImageSchema(new MessageType(schema.getName(), read, label), columns);
  }

  /** The struct of images. */
  GroupType image() {
    return projection.getType(columns.image()).asGroupType();
  }

  /** The column of labels. */
  Type label() {
    return projection.getType(columns.label());
  }

  boolean isBytes(ColumnPath path) {
    return Arrays.equals(path.toArray(), new String[] {columns.image(), BYTES});
  }

  boolean isLabel(ColumnPath path) {
    return Arrays.equals(path.toArray(), new String[] {columns.label()});
  }

  /** Whether a column is read at all. */
  boolean reads(ColumnPath path) {
    return projection.containsPath(path.toArray());
  }

  private static boolean is(Type type, PrimitiveTypeName name) {
    return type.isPrimitive()
        && !type.isRepetition(Type.Repetition.REPEATED)
        && type.asPrimitiveType().getPrimitiveTypeName() == name;
  }

  /** What is looked for, and where. */
  private record Wanted(MessageType schema, ImageColumns columns, String file) {
    Type column(GroupType group, String name) {
      if (!group.containsField(name)) {
        throw wrong("column " + name + " is missing");
      }
      return group.getType(name);
    }

    DataException wrong(String what) {
      return new DataException(
          "%s: %s; found the columns {%s}, needed are %s: struct<bytes: binary, path: string> and %s: int64; say which they are (data.image-column and data.label-column in a configuration, --image-column and --label-column elsewhere), rename the columns, or prepare the images with RobustPrep"
              .formatted(
                  file, what, describe(schema.getFields()), columns.image(), columns.label()));
    }

    private static String describe(List<Type> fields) {
      return fields.stream().map(Wanted::describe).collect(Collectors.joining(", "));
    }

    private static String describe(Type type) {
      if (type.isPrimitive()) {
        String name = type.asPrimitiveType().getPrimitiveTypeName().name();
        return type.getName() + ": " + name.toLowerCase(Locale.ROOT);
      }
      return type.getName() + ": struct<" + describe(type.asGroupType().getFields()) + ">";
    }
  }
}
