package io.robusttrain.evaluate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** Columns of numbers in a JSON object. */
final class Columns {
  private Columns() {}

  static void put(ObjectNode node, String name, int... values) {
    ArrayNode array = node.putArray(name);
    for (int value : values) {
      array.add(value);
    }
  }

  static void put(ObjectNode node, String name, long... values) {
    ArrayNode array = node.putArray(name);
    for (long value : values) {
      array.add(value);
    }
  }

  static void put(ObjectNode node, String name, double... values) {
    ArrayNode array = node.putArray(name);
    for (double value : values) {
      array.add(value);
    }
  }

  static void put(ObjectNode node, String name, boolean... values) {
    ArrayNode array = node.putArray(name);
    for (boolean value : values) {
      array.add(value);
    }
  }

  static int[] ints(JsonNode node, String name) {
    JsonNode array = node.path(name);
    int[] values = new int[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.get(i).asInt();
    }
    return values;
  }

  static long[] longs(JsonNode node, String name) {
    JsonNode array = node.path(name);
    long[] values = new long[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.get(i).asLong();
    }
    return values;
  }

  static double[] doubles(JsonNode node, String name) {
    JsonNode array = node.path(name);
    double[] values = new double[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.get(i).asDouble();
    }
    return values;
  }

  static boolean[] booleans(JsonNode node, String name) {
    JsonNode array = node.path(name);
    boolean[] values = new boolean[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.get(i).asBoolean();
    }
    return values;
  }
}
