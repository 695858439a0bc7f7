package io.robusttrain.data.shard;

import io.robusttrain.data.DataException;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;

/**
 * The columns of an image set: {@code image: struct<bytes: binary, path: string>} and {@code label:
 * int64} (or int32), required or optional; {@code path} may be missing.
 */
final class ImageSchema {
  static final String IMAGE = "image";
  static final String BYTES = "bytes";
  static final String PATH = "path";
  static final String LABEL = "label";

  private ImageSchema() {}

  /**
   * The part of {@code schema} to read.
   *
   * @throws DataException when a column is missing or has another type, saying what was found
   */
  static MessageType projection(MessageType schema, String file) {
    Type image = column(schema, IMAGE, schema, file);
    if (image.isPrimitive() || image.isRepetition(Type.Repetition.REPEATED)) {
      throw wrong(schema, file, "column image is no struct");
    }
    GroupType struct = image.asGroupType();
    Type bytes = column(struct, BYTES, schema, file);
    if (!is(bytes, PrimitiveTypeName.BINARY)) {
      throw wrong(schema, file, "column image.bytes is not binary");
    }
    Type label = column(schema, LABEL, schema, file);
    if (!is(label, PrimitiveTypeName.INT64) && !is(label, PrimitiveTypeName.INT32)) {
      throw wrong(schema, file, "column label is no integer of 64 or 32 bits");
    }
    boolean path = struct.containsField(PATH) && is(struct.getType(PATH), PrimitiveTypeName.BINARY);
    GroupType read =
        path
            ? new GroupType(image.getRepetition(), IMAGE, bytes, struct.getType(PATH))
            : new GroupType(image.getRepetition(), IMAGE, bytes);
    return new MessageType(schema.getName(), read, label);
  }

  private static Type column(GroupType group, String name, MessageType schema, String file) {
    if (!group.containsField(name)) {
      throw wrong(schema, file, "column " + name + " is missing");
    }
    return group.getType(name);
  }

  private static boolean is(Type type, PrimitiveTypeName name) {
    return type.isPrimitive()
        && !type.isRepetition(Type.Repetition.REPEATED)
        && type.asPrimitiveType().getPrimitiveTypeName() == name;
  }

  private static DataException wrong(MessageType schema, String file, String what) {
    return new DataException(
        "%s: %s; found the columns {%s}, needed are image: struct<bytes: binary, path: string> and label: int64; prepare the images with RobustPrep or rename the columns"
            .formatted(file, what, describe(schema.getFields())));
  }

  private static String describe(List<Type> fields) {
    return fields.stream().map(ImageSchema::describe).collect(Collectors.joining(", "));
  }

  private static String describe(Type type) {
    if (type.isPrimitive()) {
      String name = type.asPrimitiveType().getPrimitiveTypeName().name();
      return type.getName() + ": " + name.toLowerCase(Locale.ROOT);
    }
    return type.getName() + ": struct<" + describe(type.asGroupType().getFields()) + ">";
  }
}
